"""A Django application in one file: sessions and CSRF as Django makes them when it is told nothing."""
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="of-the-test", SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
)
django.setup()


def home(request):
    if "name" in request.session:
        return HttpResponse(f"<p>Welcome, {request.session['name']}.</p>")
    return HttpResponse(
        f"<form method=post action=login/><input type=hidden name=csrfmiddlewaretoken value={get_token(request)}>"
        "<label>Name <input name=name></label><button>Enter</button></form>")


def login(request):
    request.session["name"] = request.POST["name"]
    return HttpResponseRedirect("../")


urlpatterns = [path("", home), path("login/", login)]
execute_from_command_line([sys.argv[0], "runserver", "--noreload", f"127.0.0.1:{sys.argv[1]}"])
