"""What speed and cost are measured with: each module measures one thing."""
