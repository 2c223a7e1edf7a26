package main

import (
	"context"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// launcher starts the plugin, again and again as the host asks for it, and can end the instance that runs.
type launcher struct {
	command []string
	env     []string

	mu        sync.Mutex
	instances []*exec.Cmd
}

// next is what pkg/loop asks for a new command with.
func (l *launcher) next() *exec.Cmd {
	cmd := exec.Command(l.command[0], l.command[1:]...)
	cmd.Env = append([]string{}, l.env...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.instances = append(l.instances, cmd)
	return cmd
}

func (l *launcher) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.instances)
}

// pid is the process of the newest instance, which must have been started.
func (l *launcher) pid() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.instances[len(l.instances)-1].Process.Pid
}

// signal sends one to the newest instance.
func (l *launcher) signal(signal syscall.Signal) error {
	return syscall.Kill(l.pid(), signal)
}

// kill ends the newest instance as a crash would, and returns when it is gone.
func (l *launcher) kill() {
	pid := l.pid()
	_ = syscall.Kill(pid, syscall.SIGKILL)
	awaitEnd(pid)
}

// awaitEnd returns when a process is no more, and reaped.
func awaitEnd(pid int) {
	for syscall.Kill(pid, 0) == nil {
		time.Sleep(5 * time.Millisecond)
	}
}

// within gives a call its time.
func within(limit time.Duration, call func(ctx context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	call(ctx)
}
