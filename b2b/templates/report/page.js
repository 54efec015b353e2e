"use strict";
(() => {
  const said = document.getElementById("said");
  const compare = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;
  const worth = (row, column) => {
    const cell = row.cells[column];
    return cell.hasAttribute("data-v") ? Number(cell.dataset.v) : cell.textContent.trim();
  };
  const before = (one, other) =>
    typeof one === "number" && typeof other === "number" ? one - other : compare(one, other);

  const sort = (table, head, column) => {
    const upward = head.getAttribute("aria-sort") !== "ascending";
    for (const each of table.tHead.rows[0].cells) each.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", upward ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [worth(row, column), row]);
    rows.sort((a, b) => (upward ? before(a[0], b[0]) : before(b[0], a[0])));
    body.append(...rows.map(([, row]) => row));
    said.textContent = `Sorted by ${head.textContent}, ${upward ? "ascending" : "descending"}.`;
  };

  const filter = (table, wanted, count) => {
    const words = wanted.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLocaleLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    const all = table.tBodies[0].rows.length;
    count.textContent = words.length ? `${shown} of ${all} shown` : "";
  };

  const bar = (table) => {
    const name = table.dataset.filter;
    const box = document.createElement("div");
    box.className = "filter";
    const label = document.createElement("label");
    label.textContent = `Filter ${name}`;
    const field = document.createElement("input");
    field.type = "search";
    field.id = `filter-${name}`;
    field.autocomplete = "off";
    field.spellcheck = false;
    label.htmlFor = field.id;
    const count = document.createElement("span");
    count.className = "count";
    count.setAttribute("role", "status");
    field.addEventListener("input", () => filter(table, field.value, count));
    box.append(label, field, count);
    table.closest(".scroll").before(box);
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => sort(table, head, column));
    });
    if (table.tBodies[0].rows.length > 7) bar(table);
  }
})();
