using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Requirements;

public sealed class RequirementReaderTests : IDisposable
{
    private readonly ResolveBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Comments_blank_lines_and_continued_lines_are_read_as_pip_reads_them()
    {
        _bench.Write("requirements.txt", "# first\n\nrequests \\\n  >=2.32 \\\n  ,<3  # why\nhttps://files.example/urllib3-2.0.tar.gz#not-a-comment\n  boto3  \n");

        IReadOnlyList<RequirementLine> lines = Read();

        Assert.Equal(["requests   >=2.32    ,<3", "https://files.example/urllib3-2.0.tar.gz#not-a-comment", "boto3"], lines.Select(l => l.Text));
        Assert.Equal([3, 6, 7], lines.Select(l => l.Line));
        Assert.Equal("requests<3,>=2.32", lines[0].Requirement!.Normalized);
    }

    [Theory]
    [InlineData("utf-8", "\r\n")]
    [InlineData("utf-16", "\n")]
    [InlineData("utf-8", "\r")]
    public void Byte_order_marks_and_line_ends_do_not_matter(string encoding, string lineEnd)
    {
        File.WriteAllText(_bench["requirements.txt"], $"requests{lineEnd}six \\{lineEnd}==1.17.0{lineEnd}", Encoding.GetEncoding(encoding));

        Assert.Equal(["requests", "six==1.17.0"], Read().Select(l => l.Requirement!.Normalized));
    }

    [Fact]
    public void Nested_files_are_relative_to_the_file_that_names_them()
    {
        _bench.Write("requirements.txt", "-r deep/a.txt\n--requirement=deep/b.txt\n");
        _bench.Write("deep/a.txt", "one\n-c ../constraints.txt\n-r b.txt\n");
        _bench.Write("deep/b.txt", "two\n");
        _bench.Write("constraints.txt", "three<3\n");

        Assert.Equal(
            [(RequirementKind.Requirement, "one"), (RequirementKind.Constraint, "three<3"), (RequirementKind.Requirement, "two"), (RequirementKind.Requirement, "two")],
            Read().Select(l => (l.Kind, l.Text)));
    }

    [Fact]
    public void A_file_that_includes_itself_ends()
    {
        _bench.Write("requirements.txt", "one\n-r requirements.txt\n");

        Assert.Equal(["one"], Read().Select(l => l.Text));
    }

    [Fact]
    public void Local_projects_are_relative_to_the_file_that_names_them()
    {
        _bench.Write("requirements.txt", "-r libs/all.txt\n");
        _bench.Write("libs/all.txt", ".\n./own pkg[fast,Safe] ; python_version >= '3.9'\nfile:../other\nnamed @ file:./own%20pkg\n");
        _bench.Write("libs/own pkg/pyproject.toml", "");
        _bench.Write("other/pyproject.toml", "");

        IReadOnlyList<RequirementLine> lines = Read();

        Assert.Equal([_bench["libs"], _bench["libs/own pkg"], _bench["other"], _bench["libs/own pkg"]], lines.Select(l => l.LocalPath));
        Assert.All(lines, l => Assert.True(l.IsLocalProject));
        Assert.Equal(RequirementLine.FileUrl(_bench["libs"]), lines[0].Text);
        Assert.Equal($"{RequirementLine.FileUrl(_bench["libs/own pkg"])}#layerbuild-extras=fast,safe ; python_version >= \"3.9\"", lines[1].Text);
        Assert.Equal(["fast", "safe"], lines[1].Extras);
        Assert.StartsWith("named @ file:///", lines[3].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_in_paths_are_filled_in_and_those_in_urls_left_to_pip()
    {
        _bench.Variables["LIBS"] = "libs";
        _bench.Variables["TOKEN"] = "secret";
        _bench.Write("libs/x/setup.py", "");
        _bench.Write("requirements.txt", "./${LIBS}/x\n--index-url https://u:${TOKEN}@index.example/simple\npkg @ https://u:${TOKEN}@index.example/pkg-1.0-py3-none-any.whl#sha256=abc\nhttps://index.example/${MISSING}.whl\n");

        IReadOnlyList<RequirementLine> lines = Read();

        Assert.Equal(_bench["libs/x"], lines[0].LocalPath);
        Assert.DoesNotContain("secret", string.Join('\n', lines.Select(l => l.Text)), StringComparison.Ordinal);
        Assert.Equal("https://index.example/pkg-1.0-py3-none-any.whl", lines[2].Url);
        Assert.Equal("https://index.example/${MISSING}.whl", lines[3].Text);
    }

    [Fact]
    public void Hashes_extras_markers_and_urls_are_told_apart()
    {
        _bench.Write("requirements.txt",
            "Six_Pack [Fast] (>=1.0) ; python_version<'3.12' --hash=sha256:AB --hash sha256:cd\n"
            + "https://index.example/a/b-1.0-py3-none-any.whl ; sys_platform == 'linux'\n"
            + "git+https://host.example/x/y@main#egg=y\n");

        IReadOnlyList<RequirementLine> lines = Read();

        Assert.Equal("six-pack[fast]>=1.0 ; python_version < \"3.12\"", lines[0].Requirement!.Normalized);
        Assert.Equal(["sha256:ab", "sha256:cd"], lines[0].Hashes);
        Assert.Equal(("https://index.example/a/b-1.0-py3-none-any.whl", "sys_platform == \"linux\""), (lines[1].Url, lines[1].Marker));
        Assert.True(lines[2].IsRepository);
        Assert.False(lines[1].IsRepository);
    }

    [Fact]
    public void Wheels_beside_the_file_are_found_by_name_alone()
    {
        string wheel = _bench.Wheel("beside", "1.0").WriteTo(_bench["libs"]);
        _bench.Write("libs/requirements.txt", "beside-1.0-py3-none-any.whl\n");

        RequirementLine line = Assert.Single(RequirementReader.Read(_bench.Layer(files: ["libs/requirements.txt"]), _ => null));

        Assert.Equal(wheel, line.LocalPath);
        Assert.False(line.IsLocalProject);
    }

    [Fact]
    public void A_folder_of_wheels_is_relative_to_the_file_that_names_it()
    {
        Directory.CreateDirectory(_bench["libs/my wheels"]);
        _bench.Write("libs/requirements.txt", "--find-links 'my wheels'\n-f https://index.example/links\n");

        IReadOnlyList<RequirementLine> lines = RequirementReader.Read(_bench.Layer(files: ["libs/requirements.txt"]), _ => null);

        Assert.Equal(["--find-links \"" + _bench["libs/my wheels"] + "\"", "-f https://index.example/links"], lines.Select(l => l.Text));
    }

    [Fact]
    public void Markers_that_MSBuild_cut_off_are_put_back()
    {
        LayerDeclaration layer = _bench.Layer(packages: ["requests", " python_version >= '3.9'", "boto3", "six", "(sys_platform == 'linux')", "platform_machine"]);

        Assert.Equal(
            ["requests; python_version >= '3.9'", "boto3", "six; (sys_platform == 'linux')", "platform_machine"],
            RequirementReader.Read(layer, _ => null).Select(l => l.Text));
    }

    [Theory]
    [InlineData("-e ./pkg")]
    [InlineData("--editable=./pkg")]
    [InlineData("--editable git+https://host.example/x")]
    public void Editable_requirements_are_refused_with_their_line(string text)
    {
        _bench.Write("requirements.txt", "six\n" + text + "\n");

        Diagnostic error = Assert.Throws<DiagnosticException>(Read).Diagnostic;

        Assert.Equal(("LB2008", _bench["requirements.txt"], 2), (error.Code, error.File, error.Line));
    }

    [Theory]
    [InlineData("-r missing.txt", "missing.txt")]
    [InlineData("./missing", "missing")]
    public void What_is_not_there_is_named_with_the_line_that_names_it(string text, string path)
    {
        _bench.Write("requirements.txt", "\n\n" + text + "\n");

        Diagnostic error = Assert.Throws<DiagnosticException>(Read).Diagnostic;

        Assert.Equal(("LB2012", _bench["requirements.txt"], 3), (error.Code, error.File, error.Line));
        Assert.Contains(_bench[path], error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("urllib3<<2", "'<<2' is not a version specifier")]
    [InlineData("six=1.0", "'=1.0' is not a version specifier")]
    [InlineData("six>dev", "'>dev' is not a version specifier")]
    [InlineData("six>=1.*", "'>=1.*' is not a version specifier")]
    [InlineData("six>1.0+local", "'>1.0+local' is not a version specifier")]
    [InlineData("foo bar", "'bar' is not a version specifier")]
    [InlineData("foo[a", "its extras are not names")]
    [InlineData("_six", "it does not begin with the name of a package")]
    [InlineData("six; python_versoin < '3'", "is not a marker")]
    public void A_line_that_is_no_requirement_is_refused_with_its_place(string text, string words)
    {
        _bench.Write("requirements.txt", "six\n" + text + "\n");

        Diagnostic error = Assert.Throws<DiagnosticException>(Read).Diagnostic;

        Assert.Equal(("LB2012", _bench["requirements.txt"], 2), (error.Code, error.File, error.Line));
        Assert.StartsWith($"'{text}' is not a requirement: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("six")]
    [InlineData("six (>=1.0, <2)")]
    [InlineData("Six [a, B_c]>=1.0,!=1.5.*,<2.0.dev1 ; (python_version >= '3.9' and os_name == \"posix\") or 'linux' in sys_platform")]
    [InlineData("six~=1.4.2")]
    [InlineData("six===anything-goes")]
    [InlineData("six==1.0+local.1")]
    [InlineData("six==1!2.0.post3")]
    [InlineData("six==${SIX}")]
    [InlineData("six @ https://files.example/six-1.0-py3-none-any.whl ; python_version > '3'")]
    [InlineData("six==1.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000")]
    public void A_requirement_is_read_in_every_form(string text)
    {
        _bench.Variables["SIX"] = "1.17.0";
        _bench.Write("requirements.txt", text + "\n");

        Assert.Equal(text, Assert.Single(Read()).Original);
    }

    private IReadOnlyList<RequirementLine> Read() =>
        RequirementReader.Read(_bench.Layer(files: ["requirements.txt"]), name => _bench.Variables.GetValueOrDefault(name));
}
