from tests.e2e_tenant.scene import Desk


async def test_look(here: Desk) -> None:
    said = await here.tenant("plan")
    print(said.out, said.errors, said.code)
    said = await here.applied()
    print(said.out, said.errors, said.code)
    said = await here.applied()
    print(said.out, said.errors, said.code)
    assert 0
