// Who looks into somebody else's server.

export const visits = {
  visits: {
    here: (who: string, server: string) => `${who} is in your ${server ? `server ${server}` : "server"}, since`,
    there: (who: string) => `${who} is in it, since`,
  },
};

export type Visits = typeof visits;
