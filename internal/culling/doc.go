// Package culling stops servers that nobody uses, and those that have run for as long as they may, by
// the rules of jupyterhub-idle-culler.
//
// A server is used when somebody sends something to it or gets something of it, and when it says
// that it computes. Not so by what an open page does alone: the pings of its connections, and the questions that
// JupyterLab asks every few seconds (see internal/proxy). A notebook server reports these as activity all the same, so
// its own reports do not count by themselves: before it is stopped it is asked for its kernels and terminals, and
// what it says of them counts. One that does not understand the question is judged by its reports.
package culling
