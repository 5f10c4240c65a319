"""A Dask Gateway that asks the hub who somebody is, and starts clusters as processes beside itself."""
import os
import sys

c.DaskGateway.backend_class = "dask_gateway_server.backends.local.UnsafeLocalBackend"
c.DaskGateway.authenticator_class = "dask_gateway_server.auth.JupyterHubAuthenticator"
c.JupyterHubAuthenticator.jupyterhub_api_url = os.environ["JUPYTERHUB_API_URL"]
c.JupyterHubAuthenticator.jupyterhub_api_token = os.environ["JUPYTERHUB_API_TOKEN"]
c.Proxy.address = os.environ["GATEWAY"]
c.LocalBackend.clusters_directory = os.environ["CLUSTERS"]
dask = os.path.join(os.path.dirname(sys.executable), "dask")
c.ClusterConfig.scheduler_cmd = [dask, "scheduler"]  # the defaults are programs that Dask no longer has
c.ClusterConfig.worker_cmd = [dask, "worker"]
