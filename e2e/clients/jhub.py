"""jhub-client, as it is published: somebody new, their server, a kernel, and away with all of it."""
import asyncio
import sys

from jhub_client.api import JupyterHubAPI

url, token = sys.argv[1], sys.stdin.readline().rstrip("\n")


async def main():
    async with JupyterHubAPI(url, auth_type="token", api_token=token) as hub:
        me = await hub.identify_token(token)
        assert me["name"] == "admin" and me["admin"], me
        assert (await hub.info())["version"] == "6.1.1"
        server = await hub.ensure_server("visitor", timeout=120, user_options={"profile": "small"}, create_user=True)
        assert {u["name"] for u in await hub.list_users()} == {"admin", "visitor"}
        routes = await hub.list_proxy()
        assert "/user/visitor/" in routes, routes
        async with server as jupyter:
            kernel_id, kernel = await jupyter.ensure_kernel()
            async with kernel as channel:
                result = await channel.send_code("visitor", "6*7")
            assert result == "42", result
            assert await jupyter.delete_kernel(kernel_id)
        await hub.ensure_server_deleted("visitor", timeout=60)
        await hub.delete_user("visitor")
        assert await hub.get_user("visitor") is None
    print("all done")


asyncio.run(main())
