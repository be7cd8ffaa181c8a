package stack

// Stack is a last-in, first-out list of integers.
type Stack struct {
	items []int
}

// Push puts a value on top of the stack.
func (s *Stack) Push(value int) {
	s.items = $0
}

// Len returns the number of values on the stack.
func (s *Stack) Len() int {
	return len(s.items)
}
