"""A Dash page that answers what is typed."""
import sys

from dash import Dash, Input, Output, dcc, html

app = Dash(__name__, requests_pathname_prefix=sys.argv[2], routes_pathname_prefix="/")
app.layout = html.Div([dcc.Input(id="word", placeholder="A word"), html.P(id="answer")])


@app.callback(Output("answer", "children"), Input("word", "value"))
def answer(word):
    return f"{len(word or '')} letters"


app.run(host="127.0.0.1", port=int(sys.argv[1]))
