import type { Visits } from "../en/visits";

export const visits: Visits = {
  visits: {
    here: (who, server) => `${who} ist in Ihrem Server${server && ` ${server}`}, seit`,
    there: (who) => `${who} ist darin, seit`,
  },
};
