"""Passes on to JupyterLab what its hub, Atrium, says of the server: when it is stopped, and what is announced.

The page cannot ask the hub itself: it may have another domain, and pages of notebook servers are not trusted there. The
server asks, with its own token, for whoever may open it, and once for all tabs.
"""

import asyncio
import json
import os
import time
from urllib.parse import quote

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

__version__ = "@VERSION@"

# For how many seconds an answer of the hub does for all who ask.
FRESH = 5


def _jupyter_labextension_paths():
    return [{"src": "labextension", "dest": "@atriumhub/jupyterlab"}]


def _jupyter_server_extension_points():
    return [{"module": "atrium_jupyterlab"}]


def _load_jupyter_server_extension(server):
    env = os.environ
    if not env.get("JUPYTERHUB_API_URL") or not env.get("JUPYTERHUB_API_TOKEN"):
        return  # no hub: the page is answered 404, and asks no more
    hub = Hub(env)
    base = server.web_app.settings["base_url"]
    server.web_app.add_handlers(
        ".*$", [(url_path_join(base, "atrium", "notices"), NoticesHandler, {"hub": hub})]
    )



class Hub:
    """The hub's word on this server, read once in a while."""

    def __init__(self, env):
        user = quote(env.get("JUPYTERHUB_USER", ""), safe="")
        server = env.get("JUPYTERHUB_SERVER_NAME", "")
        below = "servers/" + quote(server, safe="") if server else "server"
        self.url = f"{env['JUPYTERHUB_API_URL'].rstrip('/')}/users/{user}/{below}/notices"
        self.token = env["JUPYTERHUB_API_TOKEN"]
        hub = env.get("JUPYTERHUB_PUBLIC_HUB_URL") or env.get("JUPYTERHUB_BASE_URL", "/") + "hub/"
        self.home = hub.rstrip("/") + "/home"
        self.known = {}
        self.locks = {}

    async def notices(self, language):
        async with self.locks.setdefault(language, asyncio.Lock()):
            at, answer = self.known.get(language, (0, None))
            if answer is None or time.monotonic() - at > FRESH:
                answer = await self.ask(language)
                self.known[language] = (time.monotonic(), answer)
        return answer

    async def ask(self, language):
        response = await AsyncHTTPClient().fetch(
            HTTPRequest(
                self.url,
                headers={"Authorization": "token " + self.token, "Accept-Language": language},
                request_timeout=10,
                connect_timeout=5,
            )
        )
        return json.loads(response.body)


class NoticesHandler(APIHandler):
    def initialize(self, hub):
        self.hub = hub

    @web.authenticated
    async def get(self):
        wanted = self.request.headers.get("Accept-Language", "").strip().lower()
        try:
            answer = await self.hub.notices("de" if wanted.startswith("de") else "en")
        except Exception as error:  # whatever is wrong with the hub, the page asks again
            self.log.debug("The hub cannot be asked for notices: %s", error)
            raise web.HTTPError(503, "The hub does not answer") from error
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps({**answer, "viewer": name_of(self.current_user), "home": self.hub.home}))


def name_of(user):
    """Who looks, as the hub knows them."""
    if isinstance(user, dict):
        return user.get("name", "")
    return getattr(user, "username", "") or ""
