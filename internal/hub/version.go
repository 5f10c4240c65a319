package hub

// JupyterHubVersion is the version of JupyterHub that Atrium is compatible with,
// and reports where clients look for one.
const JupyterHubVersion = "6.1.1"
