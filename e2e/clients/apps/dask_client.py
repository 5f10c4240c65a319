"""Somebody's notebook that computes on a cluster of the gateway."""
import sys

from dask_gateway import Gateway

gateway = Gateway(sys.argv[1], auth="jupyterhub")
with gateway.new_cluster() as cluster:
    cluster.scale(1)
    with cluster.get_client() as client:
        print("answer", client.submit(lambda x: 6 * x, 7).result(timeout=90))
