"""A Panel page that answers what is typed."""
import panel as pn

pn.extension()
word = pn.widgets.TextInput(placeholder="A word")
pn.Column(word, pn.bind(lambda w: f"{len(w)} letters", word.param.value_input)).servable()
