namespace LayerBuild.Formats.Documents;

public class DocumentTests
{
    [Fact]
    public void TOML_becomes_a_tree_with_lines()
    {
        DocumentTable root = TomlDocument.Parse("""
            title = "a"
            number = 7
            on = true
            pi = 3.14
            day = 2026-01-02
            list = ["x", 'y']
            dotted.key."with space" = "z"

            [table]
            inner = { a = 1, b.c = 2 }

            [[rows]]
            name = "one"
            [rows.more]
            x = 1

            [other]

            [[rows]]
            name = "two"

            [table.sub]
            y = 2

            [rows.late]
            z = 3
            """);

        Assert.Equal("a", root.Text("title"));
        Assert.Equal(7, root.Number("number"));
        Assert.True(root.Flag("on"));
        Assert.Same(DocumentValue.Other, root.Find("pi")!.Value.Value);
        Assert.Same(DocumentValue.Other, root.Find("day")!.Value.Value);
        Assert.Equal(["x", "y"], root.Texts("list"));
        Assert.Equal("z", root.Under("dotted", "key")!.Text("with space"));
        Assert.Equal(2, root.Under("table", "inner", "b")!.Number("c"));
        Assert.Equal(2, root.Under("table", "sub")!.Number("y"));
        DocumentTable[] rows = [.. root.Tables("rows")];
        Assert.Equal(["one", "two"], rows.Select(r => r.Text("name")));
        Assert.Equal([13, 20], rows.Select(r => r.Line));
        Assert.Equal(1, rows[0].Table("more")!.Number("x"));
        Assert.Equal(3, rows[1].Table("late")!.Number("z"));
        Assert.Null(root.Text("absent"));
        Assert.Null(root.Under("absent", "too"));
        Assert.Empty(root.Tables("absent"));
    }

    [Theory]
    [InlineData("a = 1\na = 2\n", 2, 1)]
    [InlineData("a = 1\n[a]\n", 2, 2)]
    [InlineData("[a]\nx = 1\n[[a]]\n", 3, 3)]
    [InlineData("a = [1]\n[[a]]\n", 2, 3)]
    [InlineData("a = { x = 1 }\n[a.b]\n", 2, 2)]
    [InlineData("a = { x = 1 }\na.y = 2\n", 2, 1)]
    [InlineData("a.b = 1\na.b.c = 2\n", 2, 3)]
    [InlineData("\n\nx = [1 2]\n", 3, 8)]
    [InlineData("x = \"\\q\"\n", 1, 7)]
    public void What_TOML_does_not_allow_is_said_with_its_place(string text, int line, int column)
    {
        var wrong = Assert.Throws<DocumentException>(() => TomlDocument.Parse(text));

        Assert.Equal((line, column), (wrong.Line, wrong.Column));
    }

    [Fact]
    public void Keys_that_look_alike_are_told_apart()
    {
        DocumentTable root = TomlDocument.Parse("a = 1\n\"'a'\" = 2\n'b' = 3\n\"\\\"b\\\"\" = 4\n\"c\\u0064\" = 5\n");

        Assert.Equal(["a", "'a'", "b", "\"b\"", "cd"], root.Entries.Select(e => e.Key));
    }

    [Fact]
    public void JSON_becomes_the_same_tree()
    {
        DocumentTable root = JsonDocumentReader.Parse("""
            {
              "a": "x",
              "n": 7,
              "f": 1.5,
              "t": { "on": false, "nothing": null },
              "l": [
                "y",
                { "z": 1 }
              ]
            }
            """u8);

        Assert.Equal("x", root.Text("a"));
        Assert.Equal(7, root.Number("n"));
        Assert.Same(DocumentValue.Other, root.Find("f")!.Value.Value);
        Assert.False(root.Table("t")!.Flag("on"));
        Assert.Equal([7, 8], root.List("l").Select(v => v.Line));
        Assert.Equal(8, root.List("l")[1].AsTable("l").Line);
    }

    [Theory]
    [InlineData("{\n \"a\": 1,\n \"a\": 2}", 3)]
    [InlineData("{\n \"a\": \n}", 3)]
    [InlineData("7", 1)]
    [InlineData("", 1)]
    [InlineData("{\"a\": \"\\ud800\"}", 0)]
    public void What_JSON_does_not_allow_is_said_with_its_line(string text, int line) =>
        Assert.Equal(line, Assert.Throws<DocumentException>(() => JsonDocumentReader.Parse(System.Text.Encoding.UTF8.GetBytes(text))).Line);

    [Fact]
    public void A_value_of_another_kind_is_said_with_its_line()
    {
        DocumentTable root = TomlDocument.Parse("a = 1\nb = \"x\"\nc = [1]\n");

        Assert.Equal(("'a' is not a string", 1), Thrown(() => root.Text("a")));
        Assert.Equal(("'b' is not a whole number", 2), Thrown(() => root.Number("b")));
        Assert.Equal(("'b' is not true or false", 2), Thrown(() => root.Flag("b")));
        Assert.Equal(("'b' is not a table", 2), Thrown(() => root.Table("b")));
        Assert.Equal(("'b' is not a list", 2), Thrown(() => root.List("b")));
        Assert.Equal(("'c' is not a string", 3), Thrown(() => root.Texts("c").ToArray()));

        static (string, int) Thrown(Func<object?> read)
        {
            var wrong = Assert.Throws<DocumentException>(() => read());
            return (wrong.Message, wrong.Line);
        }
    }

    [Fact]
    public void A_table_of_many_keys_finds_each()
    {
        DocumentTable root = TomlDocument.Parse(string.Concat(Enumerable.Range(0, 2000).Select(i => $"k{i} = {i}\n")));

        Assert.All(Enumerable.Range(0, 2000), i => Assert.Equal(i, root.Number($"k{i}")));
        Assert.Throws<DocumentException>(() => root.Add("k7", new DocumentValue("x", 1)));
    }
}
