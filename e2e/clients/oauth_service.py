"""A service that logs people in by the OAuth flow that JupyterHub documents, with oauthlib instead of its HubOAuth.

Its argument says whether it names its redirect_uri: RFC 6749 lets a client with one that is registered leave it out.
"""
import asyncio
import os
import sys
from urllib.parse import urlparse

import requests
from oauthlib.oauth2 import WebApplicationClient
from tornado.web import Application, HTTPError, RequestHandler

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the hub of the test has no HTTPS
hub, prefix = os.environ["JUPYTERHUB_API_URL"], os.environ["JUPYTERHUB_SERVICE_PREFIX"]
client_id, secret = os.environ["JUPYTERHUB_CLIENT_ID"], os.environ["JUPYTERHUB_API_TOKEN"]
public = os.environ["JUPYTERHUB_HOST"] + os.environ["JUPYTERHUB_BASE_URL"] + "hub/api/oauth2/authorize"
named = {"redirect_uri": os.environ["JUPYTERHUB_OAUTH_CALLBACK_URL"]} if sys.argv[1] == "named" else {}
pkce = sys.argv[2] if len(sys.argv) > 2 else None


class Home(RequestHandler):
    def get(self):
        token = self.get_signed_cookie("token")
        if token:
            answer = requests.get(f"{hub}/user", headers={"Authorization": f"Bearer {token.decode()}"}, timeout=30)
            self.set_status(answer.status_code)
            self.finish(answer.json())
            return
        client, extra = WebApplicationClient(client_id), {}
        state = client.state_generator()
        if pkce:
            verifier = client.create_code_verifier(64)
            self.set_signed_cookie("verifier", verifier)
            challenge = client.create_code_challenge(verifier, pkce if pkce != "plain" else None)
            extra = {"code_challenge": challenge, "code_challenge_method": pkce}
        self.set_signed_cookie("state", state)
        self.redirect(client.prepare_request_uri(public, state=state, **named, **extra))


class Callback(RequestHandler):
    def get(self):
        client, extra = WebApplicationClient(client_id), {}
        state = (self.get_signed_cookie("state") or b"").decode()
        code = client.parse_request_uri_response("https://localhost" + self.request.uri, state=state)["code"]
        if pkce:
            extra = {"code_verifier": self.get_signed_cookie("verifier").decode()}
        body = client.prepare_request_body(code=code, client_secret=secret, **named, **extra)
        answer = requests.post(
            f"{hub}/oauth2/token", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=30)
        if answer.status_code != 200:
            raise HTTPError(502, answer.text)
        self.set_signed_cookie("token", client.parse_request_body_response(answer.text, scope=None)["access_token"])
        self.redirect(prefix)


async def main():
    at = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    Application([(prefix, Home), (prefix + "oauth_callback", Callback)], cookie_secret=secret).listen(at.port, at.hostname)
    await asyncio.Event().wait()


asyncio.run(main())
