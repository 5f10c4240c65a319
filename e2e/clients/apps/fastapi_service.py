"""A service in FastAPI that knows people by jupyterhub-fastapi-adapter."""
import os
from urllib.parse import urlparse

import uvicorn
from fastapi import Depends, FastAPI
from jupyterhub_fastapi_adapter import (
    AuthenticationRequired,
    User,
    authentication_required_handler,
    oauth_callback,
    require_authenticated_user,
)

prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
app = FastAPI()
app.exception_handler(AuthenticationRequired)(authentication_required_handler)
app.get(prefix + "oauth_callback")(oauth_callback)


@app.get(prefix)
async def whoami(user: User = Depends(require_authenticated_user)):
    return f"You are {user.username}."


at = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
uvicorn.run(app, host=at.hostname, port=at.port)
