"""A Gradio page that counts what is uploaded, behind a login of its own."""
import os
import sys

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio as gr


def count(file):
    return f"{os.path.getsize(file)} bytes" if file else ""


page = gr.Interface(count, gr.File(label="A file"), gr.Textbox(label="Answer"), flagging_mode="never")
page.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), root_path=sys.argv[2].rstrip("/"), auth=("ann", "secret of ann"), quiet=True)
