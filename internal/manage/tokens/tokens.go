package tokens

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// commands are those that stand behind 'atrium tokens', on one console.
type commands struct{ *talk.Console }

// New is 'atrium tokens'.
func New(e *command.Env) *cobra.Command {
	c := commands{talk.New(e, "atrium tokens")}
	cmd := &cobra.Command{
		Use: "tokens", Short: "Make, list and revoke API tokens, on Atrium or any JupyterHub",
		Long: `Make, list and revoke API tokens: one's own, or somebody else's where one may.

The hub, and the token that asks, come from where 'atrium users' has them.

Exit status: 0 all done, 1 could not start, 2 wrong usage, 3 some failed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddFlags(cmd.PersistentFlags())
	cmd.AddCommand(newTokensCreate(c), newTokensList(c), newTokensRevoke(c))
	return cmd
}

// owner is whose tokens are meant: the one who asks, if nobody is named.
func (c commands) owner(ctx context.Context, at *talk.Connection, name string) (string, error) {
	if name != "" {
		return name, nil
	}
	me, err := at.Client.Me(ctx)
	switch {
	case err != nil:
		return "", c.Failed(at, err)
	case me.Kind != "" && me.Kind != "user":
		return "", c.Fail("Error: the token from %s is that of the %s %s, which has no tokens of its own to look after: name a user", at.TokenFrom, me.Kind, me.Name)
	}
	return me.Name, nil
}

type tokenFlags struct {
	note    string
	expires time.Duration
	scopes  []string
	roles   []string
}

func newTokensCreate(c commands) *cobra.Command {
	var f tokenFlags
	cmd := &cobra.Command{
		Use: "create [USER]", Short: "Make an API token, and print it",
		Long: `Make an API token for oneself, or for somebody else. The token alone goes to standard
output; the hub never shows it again.

Without --scope it may do all that its owner may. It lasts until it is revoked, unless
--expires-in says how long.`,
		Example: c.Example("create --note laptop --expires-in 30d", "create alice --scope read:users --scope 'servers!user=alice'") +
			"\n  export JUPYTERHUB_TOKEN=$(atrium tokens create --expires-in 12h)",
		Args: command.MaybeOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.createToken(c.Begin(cmd), command.First(args), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.note, "note", "", "what it is for, as a `text` for people")
	flags.Var((*talk.Span)(&f.expires), "expires-in", "how `long` it works, such as 30d or 12h (default: until it is revoked)")
	flags.StringSliceVar(&f.scopes, "scope", nil, "what it may do, as a `scope`; may be given several times (default: all that its owner may)")
	flags.StringSliceVar(&f.roles, "role", nil, "what it may do, as a `role`, instead of scopes")
	cmd.MarkFlagsMutuallyExclusive("scope", "role")
	return cmd
}

func (c commands) createToken(ctx context.Context, user string, f tokenFlags) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	if user, err = c.owner(ctx, at, user); err != nil {
		return err
	}
	made, err := at.Client.CreateToken(ctx, user, client.TokenRequest{Note: f.note, ExpiresIn: f.expires, Scopes: f.scopes, Roles: f.roles})
	if err != nil {
		return c.Failed(at, err)
	}
	until := "until it is revoked"
	if !made.ExpiresAt.IsZero() {
		until = "until " + command.ShortTime(talk.Moment(made.ExpiresAt), "") + " UTC"
	}
	c.Say("🔑 Made the token %s for %s, good %s. The hub does not show it again.", made.ID, user, until)
	if c.JSON {
		return c.Answer(struct {
			tokenShown
			Secret string `json:"token"`
		}{shownToken(made.Token), made.Secret})
	}
	if _, err := fmt.Fprintln(c.Env.Out, made.Secret); err != nil {
		return fmt.Errorf("write the token: %w", err)
	}
	return nil
}

// tokenShown is what lists tell of a token.
type tokenShown struct {
	ID           string   `json:"id"`
	User         string   `json:"username"`
	Note         string   `json:"note"`
	Scopes       []string `json:"scopes"`
	Created      string   `json:"created"`       // RFC 3339
	LastActivity string   `json:"last_activity"` // … empty for never used
	ExpiresAt    string   `json:"expires_at"`    // … for never
	OAuthClient  string   `json:"oauth_client,omitempty"`
}

func shownToken(t client.Token) tokenShown {
	return tokenShown{
		t.ID, t.User, t.Note, append([]string{}, t.Scopes...), talk.Moment(t.Created), talk.Moment(t.LastActivity), talk.Moment(t.ExpiresAt), t.OAuthClient,
	}
}

func newTokensList(c commands) *cobra.Command {
	return &cobra.Command{
		Use: "list [USER]", Short: "List somebody's tokens, without their secrets",
		Long:    `List one's own tokens, or somebody else's: those of their logins and servers, too.`,
		Example: c.Example("list", "list alice --json"),
		Args:    command.MaybeOne,
		RunE:    func(cmd *cobra.Command, args []string) error { return c.listTokens(c.Begin(cmd), command.First(args)) },
	}
}

func (c commands) listTokens(ctx context.Context, user string) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	if user, err = c.owner(ctx, at, user); err != nil {
		return err
	}
	all, err := at.Client.Tokens(ctx, user)
	if err != nil {
		return c.Failed(at, err)
	}
	shown := make([]tokenShown, len(all))
	for i, t := range all {
		shown[i] = shownToken(t)
	}
	if c.JSON {
		return c.Answer(shown)
	}
	out := bufio.NewWriter(c.Env.Out)
	if len(all) == 0 {
		fmt.Fprintf(out, "%s has no tokens\n", command.Printable(user))
		return talk.Flush(out)
	}
	fmt.Fprintf(out, "\n📋 Tokens of %s: %d\n\n%s %s %s %s %s\n%s\n", command.Printable(user), len(all),
		command.Pad("ID", 8), command.Pad("Created", 19), command.Pad("Last Used", 19), command.Pad("Expires", 19), "Note", strings.Repeat("-", 84))
	for _, t := range shown {
		note := t.Note
		if t.OAuthClient != "" && note == "" {
			note = "of " + t.OAuthClient
		}
		fmt.Fprintln(out, strings.TrimRight(strings.Join([]string{
			command.Pad(command.Printable(t.ID), 8), command.Pad(command.ShortTime(t.Created, "-"), 19), command.Pad(command.ShortTime(t.LastActivity, "Never"), 19),
			command.Pad(command.ShortTime(t.ExpiresAt, "Never"), 19), command.Printable(note),
		}, " "), " "))
	}
	return talk.Flush(out)
}

func newTokensRevoke(c commands) *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use: "revoke ID...", Short: "End tokens, by their IDs",
		Long:    `End tokens at once, by the IDs that 'list' shows: one's own, or with --user somebody else's.`,
		Example: c.Example("revoke a12", "revoke --user alice a12 a13"),
		Args:    command.Names("ID"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.revokeTokens(c.Begin(cmd), user, args) },
	}
	cmd.Flags().StringVar(&user, "user", "", "the `name` of the tokens' owner (default: oneself)")
	return cmd
}

// revoked is what became of a token.
type revoked struct {
	ID      string `json:"id"`
	Status  string `json:"status"` // revoked, not_found, failed or not_done
	Message string `json:"message,omitempty"`
}

func (c commands) revokeTokens(ctx context.Context, user string, ids []string) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	if user, err = c.owner(ctx, at, user); err != nil {
		return err
	}
	results, failed := make([]revoked, 0, len(ids)), false
	for n, id := range ids {
		x := revoked{ID: id, Status: "revoked"}
		err := at.Client.RevokeToken(ctx, user, id)
		_, told := errors.AsType[*client.APIError](err)
		switch {
		case err == nil:
			c.Say("  ✅ Revoked the token %s of %s", id, user)
		case client.IsNotFound(err):
			x.Status = client.StatusNotFound
			c.Complain("  ❌ %s has no token %s", user, id)
		case told && !client.IsUnauthorized(err):
			x.Status, x.Message = client.StatusFailed, talk.ReasonOf(err)
			c.Complain("  ❌ Failed to revoke %s: %s", id, x.Message)
		case n == 0:
			return c.Failed(at, err)
		default:
			c.Complain("❌ Stopped: %s", talk.ReasonOf(err))
			c.Complain("   %d of %d tokens are not revoked: %s", len(ids)-n, len(ids), command.Printable(strings.Join(ids[n:], ", ")))
			for _, id := range ids[n:] {
				results = append(results, revoked{ID: id, Status: roster.StatusUnsent, Message: talk.ReasonOf(err)})
			}
			return c.revocations(user, results, true)
		}
		failed = failed || err != nil
		results = append(results, x)
	}
	return c.revocations(user, results, failed)
}

// revocations answers with what became of tokens.
func (c commands) revocations(user string, results []revoked, failed bool) error {
	if c.JSON {
		if err := c.Answer(map[string]any{"command": "tokens revoke", "username": user, "results": results}); err != nil {
			return err
		}
	}
	if failed {
		return &command.StatusError{Status: command.ExitSomeFailed}
	}
	return nil
}
