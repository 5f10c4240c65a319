package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// nginxConfig is nginx as a reverse proxy that forwards as a hub's proxy does: the
// connections to the notebook server stay open, and it says whom it speaks for. Like
// the others it keeps no answers in files, and no access log.
const nginxConfig = `%[1]sworker_processes 2;
pid nginx.pid;
error_log nginx-error.log warn;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path tmp;
  proxy_temp_path tmp;
  fastcgi_temp_path tmp;
  uwsgi_temp_path tmp;
  scgi_temp_path tmp;
  keepalive_requests 1000000;
  upstream notebook { server %[2]s; keepalive 64; keepalive_requests 1000000; }
  server {
    listen %[3]s;
    location / {
      proxy_pass http://notebook;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_max_temp_file_size 0;
    }
  }
}
`

// reverseProxy is nginx before a notebook server that belongs to no hub.
type reverseProxy struct {
	addr            string
	nginx, notebook *program
}

// startNginx starts both. The notebook server is below the same path as the hubs'.
func (b *bench) startNginx(ctx context.Context, prefix string) (*reverseProxy, error) {
	dir := filepath.Join(b.dir, "nginx")
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o755); err != nil {
		return nil, err
	}
	var addrs [2]string
	for i := range addrs {
		var err error
		if addrs[i], err = freeAddress(ctx); err != nil {
			return nil, err
		}
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n" // its workers would otherwise lose their way to the folder
	}
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, user, addrs[0], addrs[1]), 0o600); err != nil {
		return nil, err
	}
	r := &reverseProxy{addr: addrs[1]}
	b.proxies = append(b.proxies, r)
	var err error
	env := environment("JUPYTERHUB_SERVICE_URL=http://" + addrs[0] + prefix)
	if r.notebook, err = launch("notebook", dir, env, b.tools.notebook); err != nil {
		return nil, err
	}
	if r.nginx, err = launch("nginx", dir, environment(), b.tools.nginx, "-p", dir, "-c", config, "-g", "daemon off;"); err != nil {
		return nil, err
	}
	c := newClient(r.addr, "")
	defer c.close()
	_, err = r.nginx.until(ctx, func(ctx context.Context) error {
		_, err := c.call(ctx, "GET", prefix+"small", nil, 200)
		return err
	})
	return r, err
}

// pids are nginx's processes, the first and its workers.
func (r *reverseProxy) pids() []int {
	return append([]int{r.nginx.pid()}, children(r.nginx.pid(), "nginx")...)
}

func (r *reverseProxy) kill() {
	_ = r.nginx.stop()
	r.notebook.kill()
}
