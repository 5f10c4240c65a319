"""A Bokeh page that counts clicks on the server's side."""
from bokeh.io import curdoc
from bokeh.layouts import column
from bokeh.models import Button, Div

button, said = Button(label="Count"), Div(text="0 clicks")
clicks = [0]


def count():
    clicks[0] += 1
    said.text = f"{clicks[0]} clicks"


button.on_click(count)
curdoc().add_root(column(button, said))
