package toolchain

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// report tells on a writer how a build gets on, one line every few seconds.
type report struct {
	out   io.Writer
	name  string
	start time.Time
	quit  chan struct{}
	ended chan struct{}
	once  sync.Once

	mu         sync.Mutex
	total      int // packages the tool consists of, 0 while unknown
	compiled   int // packages compiled in this build; cached ones are not counted
	downloaded int // modules fetched in this build
}

func startReport(out io.Writer, every time.Duration, name, announcement string) *report {
	r := &report{out: out, name: name, start: time.Now(), quit: make(chan struct{}), ended: make(chan struct{})}
	if announcement != "" {
		fmt.Fprintln(out, announcement)
	}
	go func() {
		defer close(r.ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				fmt.Fprintln(out, r.line())
			case <-r.quit:
				return
			}
		}
	}()
	return r
}

// announcement says what is built, why, and how long that may take.
func (p pin) announcement(version string) string {
	return fmt.Sprintf("building %s %s (%s): %s the first time on 2 cores, seconds when its packages are in Go's build cache",
		p.name, strings.TrimPrefix(version, "v"), p.why, p.takes)
}

func (r *report) line() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	line := fmt.Sprintf("  %s: %s", r.name, time.Since(r.start).Round(time.Second))
	if r.downloaded > 0 {
		line += fmt.Sprintf(", %d modules fetched", r.downloaded)
	}
	if r.total > 0 {
		line += fmt.Sprintf(", %d of at most %d packages compiled", r.compiled, r.total)
	}
	return line
}

func (r *report) setTotal(packages int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total = packages
}

// note counts a line of the go command when it reports progress, and says
// whether it did.
func (r *report) note(line string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		r.downloaded++
		return true
	case line != "" && !strings.ContainsAny(line, " :#\t"): // go build -v names each package it compiles
		r.compiled++
		return true
	}
	return false
}

// stop ends the progress lines; nothing is written after it returned.
func (r *report) stop() {
	r.once.Do(func() { close(r.quit) })
	<-r.ended
}

func (r *report) done(folder string) {
	r.stop()
	fmt.Fprintf(r.out, "built %s in %s: %s\n", r.name, time.Since(r.start).Round(time.Second), folder)
}

// messageWriter splits the go command's standard error into progress, which
// only counts, and messages, which an error shows.
type messageWriter struct {
	report *report
	rest   []byte
	lines  []string
}

// keptMessages bounds what an error quotes from the go command.
const keptMessages = 40

func (w *messageWriter) Write(data []byte) (int, error) {
	w.rest = append(w.rest, data...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte("\n"))
		if !found {
			return len(data), nil
		}
		w.add(string(line))
		w.rest = rest
	}
}

func (w *messageWriter) flush() {
	if len(w.rest) > 0 {
		w.add(string(w.rest))
		w.rest = nil
	}
}

func (w *messageWriter) add(line string) {
	if w.report.note(line) {
		return
	}
	w.lines = append(w.lines, line)
	if len(w.lines) > keptMessages {
		w.lines = w.lines[1:]
	}
}

func (w *messageWriter) text() string { return strings.Join(w.lines, "\n") }

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
