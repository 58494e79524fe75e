package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
)

// lookDirectory is how long a command waits for the authority servers to say something.
const lookDirectory = 3 * time.Second

// LookAtDirectory asks each authority server of the configuration once whether it answers, and says it in English, for people who wonder
// why a message waits for the directory. It asks nothing about a message.
func LookAtDirectory(ctx context.Context, c config.Register) string {
	if len(c.Servers) == 0 {
		return "no authority server is configured"
	}
	c.Poll = lookDirectory // one look is enough
	client, _, err := registerClient(c, register.Options{})
	if err != nil {
		return "the authority servers cannot be asked: " + err.Error()
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, lookDirectory)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		told, all := toldBy(client.State())
		select {
		case <-ctx.Done():
			return told
		case <-tick.C:
		}
		if all {
			return told
		}
	}
}

// toldBy says what is known of each server, and whether all have answered or failed.
func toldBy(s register.State) (text string, all bool) {
	var lines []string
	all = true
	for _, one := range s.Servers {
		switch {
		case !one.Failed.IsZero():
			lines = append(lines, fmt.Sprintf("authority server %s does not answer now: %s", one.URL, one.Why))
		case one.Heard.IsZero():
			all = false
			lines = append(lines, fmt.Sprintf("authority server %s has not answered within %s", one.URL, lookDirectory))
		default:
			lines = append(lines, fmt.Sprintf("authority server %s answers now (version %s): it is asked at the gateway's next look", one.URL, one.Stand.Version))
		}
	}
	return strings.Join(lines, "; "), all
}
