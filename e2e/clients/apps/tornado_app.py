"""A Tornado application with signed cookies and its XSRF check, which are for Path=/ by default."""
import asyncio
import sys

from tornado.web import Application, RequestHandler


class Home(RequestHandler):
    def get(self):
        name = self.get_signed_cookie("name")
        if name:
            self.finish(f"<p>Welcome, {name.decode()}.</p>")
        else:
            self.finish(f"<form method=post>{self.xsrf_form_html()}<label>Name <input name=name></label><button>Enter</button></form>")

    def post(self):
        self.set_signed_cookie("name", self.get_argument("name"))
        self.redirect("./")


async def main():
    Application([("/", Home)], cookie_secret="of-the-test", xsrf_cookies=True).listen(int(sys.argv[1]), "127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(main())
