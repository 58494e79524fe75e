package xta_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"damtshilfe/internal/xta"
)

// BenchmarkSend measures whole durable sends over mutual TLS on loopback: createMessageId, prepare, sendMessage with 8 KB,
// from 16 senders at once (aim: 500/s).
func BenchmarkSend(b *testing.B) {
	w := newWorld(b)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(b, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.server.Serve(ctx, l, serverTLS(w.serverCert, w.ca.pool)) }()
	w.url = "https://" + l.Addr().String()
	c := w.client(w.authorCert)
	text := "<nachricht>" + strings.Repeat("x", 8<<10) + "</nachricht>"
	b.SetParallelism(8) // times GOMAXPROCS
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			w.send(c, text)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
	b.StopTimer()
	c.Close()
	stop()
	check(b, <-ended)
}

// BenchmarkPrepare measures the exact bytes of a sendMessage.
func BenchmarkPrepare(b *testing.B) {
	c := content(strings.Repeat("x", 8<<10))
	for b.Loop() {
		_, err := xta.Prepare(metaData(fixedID), c, "https://x/xta/send")
		check(b, err)
	}
}
