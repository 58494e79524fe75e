package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"damtshilfe/internal/rules"
)

// TestEveryCodeIsInTheTable holds rules.Codes, and so docs/findings.md, against every finding code in the program's source.
func TestEveryCodeIsInTheTable(t *testing.T) {
	code := regexp.MustCompile(`^(XML|XSD|LIEF|ZIP|ABS|TEST|PACK|REGEL|ZEICHEN|ANHANG|HINDERNIS|DUP|BEZUG|ZUST|XTA|DRUCK|ABSTURZ)(-[A-Z0-9]+)+$`)
	used := map[string]token.Position{}
	files := token.NewFileSet()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "internal/rules/codes_others.go") || strings.Contains(path, "internal/sample/") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && (code.MatchString(s) || s == "ABSTURZ") {
					used[s] = files.Position(lit.Pos())
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for s, at := range used {
		if !slices.ContainsFunc(rules.Codes, func(c rules.Code) bool { return c.Code == s }) {
			t.Errorf("%s: %s is not in rules.Codes (internal/rules/codes_others.go)", at, s)
		}
	}
	for _, c := range rules.Codes {
		if _, ok := used[c.Code]; !ok {
			t.Errorf("%s is in rules.Codes and nowhere in the program", c.Code)
		}
	}
}
