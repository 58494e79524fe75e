package mapping_test
import ("testing";"damtshilfe/mapping")
func TestB(t *testing.T){ p,err:=mapping.Builtin(); if err!=nil{t.Fatal(err)}; for _,x:=range p.List(){t.Log(x.Name,x.Version,len(x.Messages))} }
