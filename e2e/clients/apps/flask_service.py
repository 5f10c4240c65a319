"""A service in Flask that knows people by JupyterHub's HubOAuth, as its documentation shows: cookies as Flask sets them."""
import os
import secrets
from functools import wraps
from urllib.parse import urlparse

from flask import Flask, Response, make_response, redirect, request, session
from jupyterhub.services.auth import HubOAuth

prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
auth = HubOAuth(api_token=os.environ["JUPYTERHUB_API_TOKEN"], cache_max_age=60)
app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)


def known(page):
    @wraps(page)
    def decorated(*args, **kwargs):
        token = session.get("token")
        user = auth.user_for_token(token) if token else None
        if user:
            return page(user, *args, **kwargs)
        state = auth.generate_state(next_url=request.path)
        response = make_response(redirect(auth.login_url + f"&state={state}"))
        response.set_cookie(auth.state_cookie_name, state)
        return response

    return decorated


@app.route(prefix)
@known
def whoami(user):
    return f"<p>You are {user['name']}, a {user['kind']}.</p>"


@app.route(prefix + "oauth_callback")
def oauth_callback():
    code = request.args.get("code")
    if code is None:
        return Response("no code", status=403)
    state = request.args.get("state")
    if state is None or state != request.cookies.get(auth.state_cookie_name):
        return Response("not the state that was set", status=403)
    session["token"] = auth.token_for_code(code)
    return redirect(auth.get_next_url(state))


at = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
app.run(at.hostname, at.port)
