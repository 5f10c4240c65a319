"""A student's first Flask application with a login: sessions as Flask makes them when it is told nothing."""
import sys

from flask import Flask, redirect, request, session

app = Flask(__name__)
app.secret_key = "of-the-test"


@app.get("/")
def home():
    name = session.get("name")
    if name is None:
        return "<form method=post action=login><label>Name <input name=name></label><button>Enter</button></form>"
    return f"<p>Welcome, {name}. You were here {session.get('visits', 0)} times.</p><a href=again>Again</a> <a href=leave>Leave</a>"


@app.post("/login")
def login():
    session["name"] = request.form["name"]
    return redirect("./", 303)


@app.get("/again")
def again():
    session["visits"] = session.get("visits", 0) + 1
    return redirect("./", 303)


@app.get("/leave")
def leave():
    session.clear()
    return redirect("./", 303)


app.run("127.0.0.1", int(sys.argv[1]))
