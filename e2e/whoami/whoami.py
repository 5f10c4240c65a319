"""A service that tells people who they are, logging them in through the hub.

All that concerns the hub is in the jupyterhub package, as it is published. Where it listens, and under which path, says
the environment, whoever made it.
"""

import json
import os
from urllib.parse import urlparse

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from jupyterhub.utils import url_path_join
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.web import Application, RequestHandler, authenticated


class WhoAmI(HubOAuthenticated, RequestHandler):
    @authenticated
    def get(self):
        me = self.get_current_user()
        self.write(json.dumps({"name": me["name"], "kind": me["kind"], "scopes": me["scopes"]}))


prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
app = Application(
    [
        (url_path_join(prefix, "oauth_callback"), HubOAuthCallbackHandler),
        (prefix + ".*", WhoAmI),
    ],
    cookie_secret=os.urandom(32),
)
at = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
HTTPServer(app).listen(at.port, at.hostname)
print("whoami listens", flush=True)
IOLoop.current().start()
