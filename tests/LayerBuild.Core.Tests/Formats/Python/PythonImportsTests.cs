using System.Text;

namespace LayerBuild.Formats.Python;

public class PythonImportsTests
{
    [Theory]
    [InlineData("import a", "a")]
    [InlineData("import a.b as c, d", "a.b d")]
    [InlineData("from a.b import c", "a.b:c")]
    [InlineData("from a import (\n    b,  # why\n    c as d,\n)\n", "a:b,c")]
    [InlineData("from . import x", ".:x")]
    [InlineData("from .x import *", ".x")]
    [InlineData("from .. x import y", "..x:y")]
    [InlineData("from.x import(y)", ".x:y")]
    [InlineData("import a; import b", "a b")]
    [InlineData("import \\\n  a", "a")]
    [InlineData("from a \\\r\n  import b", "a:b")]
    [InlineData("\ufeffimport a", "a")]
    [InlineData("import importlib", "importlib")]
    [InlineData("from importlib.metadata import version", "importlib.metadata:version")]
    [InlineData("import a\r\nimport b\rimport c", "a b c")]
    [InlineData("x = \"import b; \"; import b\nimport c; x = 'import d'; from e import f", "c e:f")]
    [InlineData("from a import b as c, d as e; import f as g, h", "a:b,d f h")]
    [InlineData("import \u00fcber\nfrom \u00fcber.stra\u00dfe import k\u00f6nig", "\u00fcber \u00fcber.stra\u00dfe:k\u00f6nig")]
    [InlineData("from . a . b import (c)", ".a.b:c")]
    public void Finds_imports(string source, string expected) => Assert.Equal(expected, Text(source));

    [Theory]
    [InlineData("'''\nimport a\n'''")]
    [InlineData("r\"\"\"x\\\"\"\"\nimport a\n\"\"\"")]
    [InlineData("# import a")]
    [InlineData("x = [\nimport_a,\n'import b'\n]")]
    [InlineData("try:\n    import a\nexcept ImportError:\n    a = None")]
    [InlineData("try: import a\nexcept ImportError: pass")]
    [InlineData("if TYPE_CHECKING:\n    from a import b")]
    [InlineData("def f():\n  import a")]
    [InlineData("with suppress(ImportError):\n\timport a")]
    [InlineData("imports = 1\nfrom_ = 2\nimport_ = 3")]
    [InlineData("raise ImportError('old')\nimport a")]
    [InlineData("x = '\\'\nimport a'\n''")]
    [InlineData("f(\n'''\n''',\nimport_\n)")]
    public void Leaves_out_what_need_not_run(string source) => Assert.Equal("", Text(source));

    [Fact]
    public void Counts_lines()
    {
        IReadOnlyList<PythonImport> imports = PythonImports.Parse("'''\n\n'''\nimport a\nx = (1,\n2)\nfrom b import (c,\nd)\nimport e\n"u8);

        Assert.Equal([4, 7, 9], imports.Select(i => i.Line));
    }

    [Fact]
    public void Ends_whatever_the_text()
    {
        var random = new Random(4);
        const string alphabet = "import from.,()[]'\"\\\n #;abc\t";
        for (int i = 0; i < 5_000; i++)
        {
            string text = new([.. Enumerable.Range(0, random.Next(60)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            PythonImports.Parse(Encoding.UTF8.GetBytes(text));
        }
    }

    private static string Text(string source) => string.Join(' ', PythonImports.Parse(Encoding.UTF8.GetBytes(source))
        .Select(i => new string('.', i.Level) + i.Module + (i.Names.Count > 0 ? ":" + string.Join(',', i.Names) : "")));
}
