package schema

// ChildMainWith is ChildMain with a hook that sees every document in the child before libxml2 does.
func ChildMainWith(hook func(doc []byte)) { childMain(hook) }

// PIDs gives the processes of the children that are idle.
func (v *Validator) PIDs() (pids []int) {
	for range len(v.idle) {
		w := <-v.idle
		if w.process != nil {
			pids = append(pids, w.process.PID())
		}
		v.idle <- w
	}
	return pids
}

// Locate runs the search for places on any bytes.
func Locate(doc []byte, tag int, attribute, element, key string, exact, value bool) (line, column int, path string) {
	p := locate(doc, []mark{{tag: tag, exact: exact, value: value, attribute: attribute, element: element, key: key}})[0]
	return p.line, p.column, p.path
}
