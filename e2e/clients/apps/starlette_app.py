"""A Starlette application with its own sessions, which FastAPI's are too."""
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route


async def home(request):
    if "name" in request.session:
        return HTMLResponse(f"<p>Welcome, {request.session['name']}.</p>")
    return HTMLResponse("<form method=post action=login><label>Name <input name=name></label><button>Enter</button></form>")


async def login(request):
    request.session["name"] = (await request.form())["name"]
    return RedirectResponse("./", 303)


app = Starlette(
    routes=[Route("/", home), Route("/login", login, methods=["POST"])],
    middleware=[Middleware(SessionMiddleware, secret_key="of-the-test")])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))
