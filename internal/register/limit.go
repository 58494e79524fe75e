package register

import (
	"sync"
	"time"
)

// Limit is how many questions one certificate may ask; each question of a batch counts. Who asks more is told to wait and not refused
// for good.
type Limit struct {
	Rate  int // a second, in the long run; 0 = 5 000
	Burst int // at once; 0 = ten seconds' worth, at least one full batch
}

func (l Limit) orDefault() Limit {
	l.Rate = positive(l.Rate, 5000)
	l.Burst = max(positive(l.Burst, 10*l.Rate), maxQuestions)
	return l
}

// maxBuckets bounds the memory: a full bucket says nothing and is dropped.
const maxBuckets = 10_000

// limiter is a token bucket per certificate.
type limiter struct {
	limit Limit
	now   func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time // when tokens was right
}

// take counts n questions and gives 0, or counts none and says how long to wait.
func (l *limiter) take(who string, n int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.buckets[who]
	if b == nil {
		b = l.add(who, now)
	}
	l.fill(b, now)
	if missing := float64(n) - b.tokens; missing > 0 {
		return max(time.Duration(missing/float64(l.limit.Rate)*float64(time.Second)), time.Millisecond)
	}
	b.tokens -= float64(n)
	return 0
}

func (l *limiter) fill(b *bucket, now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(b.tokens+passed.Seconds()*float64(l.limit.Rate), float64(l.limit.Burst))
		b.at = now
	}
}

func (l *limiter) add(who string, now time.Time) *bucket {
	if l.buckets == nil {
		l.buckets = map[string]*bucket{}
	}
	if len(l.buckets) >= maxBuckets {
		for k, b := range l.buckets {
			if l.fill(b, now); b.tokens >= float64(l.limit.Burst) {
				delete(l.buckets, k)
			}
		}
	}
	b := &bucket{tokens: float64(l.limit.Burst), at: now}
	l.buckets[who] = b
	return b
}
