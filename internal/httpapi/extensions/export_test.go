package extensions

// What tests read answers into.
type (
	AuditName = auditName
	AuditPage = auditPage
	JobModel  = jobModel
)
