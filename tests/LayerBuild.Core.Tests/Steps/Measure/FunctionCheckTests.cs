using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Declare;

namespace LayerBuild.Steps.Measure;

public sealed class FunctionCheckTests : IDisposable
{
    private const string Arn = "arn:aws:lambda:eu-west-1:123456789012:layer:other";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_function_that_fits_raises_nothing()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", "python3.12;python3.13", [("python/a.py", "1")]).Add("b", "python3.12", [("python/b.py", "1")]);

        Assert.Empty(Check(layers, ("Layers", "a;b"), ("Runtime", "python3.12"), ("Architecture", "arm64")));
        Assert.Empty(Check(layers, ("Layers", "b")));
    }

    [Fact]
    public void LB4006_for_more_than_five_layers()
    {
        string[] names = [.. Enumerable.Range(1, 6).Select(i => $"l{i}")];
        var layers = new BuiltLayers(_folder);
        foreach (string name in names)
        {
            layers.Add(name, "python3.12", []);
        }

        Diagnostic found = Assert.Single(Check(layers, ("Layers", string.Join(';', names))));
        Assert.Equal(("LB4006", Severity.Error), (found.Code, found.Severity));
        Assert.Empty(Check(layers, ("Layers", string.Join(';', names[..5]))));
    }

    [Theory]
    [InlineData("a;a")]
    [InlineData($"{Arn}:1;{Arn}:2")]
    public void LB4010_for_one_layer_twice(string list)
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", "python3.12", []);

        Assert.Equal("LB4010", Assert.Single(Check(layers, ("Layers", list)), d => d.Severity == Severity.Error).Code);
    }

    [Fact]
    public void LB4005_counts_code_and_layers()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", "python3.12", [], size: 200_000_000).Add("b", "python3.12", [], size: 62_143_990);
        _folder.Write("code/app.py", "123456789");
        Assert.Empty(Check(layers, ("Layers", "a;b"), ("CodeDirectory", "code")));

        _folder.Write("code/more/x.py", "1");
        Diagnostic found = Assert.Single(Check(layers, ("Layers", "a;b"), ("CodeDirectory", "code")));
        Assert.Equal(("LB4005", Severity.Error), (found.Code, found.Severity));
        Assert.Contains("262,144,000 bytes unzipped", found.Message);
        Assert.Contains("its code 10 + 'a' 200,000,000 + 'b' 62,143,990", found.Message);
    }

    [Fact]
    public void The_unknown_size_of_a_layer_version_is_said()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", "python3.12", []);

        Diagnostic found = Assert.Single(Check(layers, ("Layers", $"a;{Arn}:3")));
        Assert.Equal(Severity.Note, found.Severity);
        Assert.Contains($"The size of {Arn}:3 is not known here", found.Message);
    }

    [Theory]
    [InlineData("Runtime", "python3.13", "python3.13, but its layer 'a' is for python3.12")]
    [InlineData("Architecture", "arm64", "arm64, but its layer 'a' is for x86_64")]
    public void LB3010_for_a_layer_that_does_not_fit(string metadata, string value, string words)
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", "python3.12", [], "x86_64");

        Diagnostic found = Assert.Single(Check(layers, ("Layers", "a"), (metadata, value)));
        Assert.Equal(("LB3010", Severity.Error), (found.Code, found.Severity));
        Assert.Contains(words, found.Message);
    }

    [Fact]
    public void LB3010_for_all_that_does_not_fit_at_once()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", "python3.12", [], "x86_64").Add("b-x86_64", "python3.11", [], "x86_64");

        string[] found = [.. Check(layers, ("Layers", "a;b"), ("Runtime", "python3.13"), ("Architecture", "arm64")).Select(d => d.Message)];

        Assert.Equal(4, found.Length);
        Assert.Contains(found, m => m.Contains("python3.13, but its layer 'b-x86_64' is for python3.11", StringComparison.Ordinal));
    }

    [Fact]
    public void LB3010_for_layers_that_have_nothing_in_common()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", "python3.12", [], "x86_64").Add("b", "python3.13", [], "x86_64").Add("c", "python3.12", [], "arm64");

        Assert.Contains("no runtime in common", Assert.Single(Check(layers, ("Layers", "a;b"))).Message);
        Assert.Contains("no architecture in common", Assert.Single(Check(layers, ("Layers", "a;c"))).Message);
    }

    [Fact]
    public void The_zip_of_the_functions_architecture_is_taken()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a-x86_64", "python3.12", [], "x86_64", 262_144_000).Add("a-arm64", "python3.12", [], "arm64", 1);

        Assert.Empty(Check(layers, ("Layers", "a"), ("Architecture", "arm64")));
        Assert.Equal("LB4005", Assert.Single(Check(layers, ("Layers", "a"))).Code);
    }

    [Fact]
    public void LB3011_names_both_owners_of_a_path()
    {
        BuiltLayers layers = new BuiltLayers(_folder)
            .Add("a", "python3.12", [("python/six.py", "1"), ("python/same.py", "x"), ("python/six-1.16.0.dist-info/RECORD", "six.py,,\n")])
            .Add("b", "python3.12", [("python/six.py", "2"), ("python/same.py", "x")]);

        Diagnostic found = Assert.Single(Check(layers, ("Layers", "a;b")));
        Assert.Equal(("LB3011", Severity.Warning), (found.Code, found.Severity));
        Assert.Contains("python/six.py (six 1.16.0 of 'a', 'b')", found.Message);
        Assert.DoesNotContain("same.py", found.Message);
    }

    [Theory]
    [InlineData("Layers", "nope", "LB1014")]
    [InlineData("Handler", "handler", "LB1014")]
    [InlineData("Event", "{", "LB1014")]
    [InlineData("Event", "missing.json", "LB1014")]
    [InlineData("Runtime", "python3.99", "LB1002")]
    [InlineData("Architecture", "x64", "LB1007")]
    [InlineData("CodeDirectory", "nowhere", "LB1012")]
    [InlineData("CodeZip", "nothing.zip", "LB1012")]
    public void A_wrong_item_is_explained(string metadata, string value, string code)
    {
        Diagnostic found = Assert.Single(Check(new BuiltLayers(_folder).Add("a", "python3.12", []), (metadata, value)));
        Assert.Equal((code, Severity.Error), (found.Code, found.Severity));
    }

    [Fact]
    public void An_event_is_json_or_a_file()
    {
        _folder.Write("event.json", "{\"a\": 1}");
        Assert.Equal("{\"a\": 1}", Read(("Event", "event.json")).Event);
        Assert.Equal("[1]", Read(("Event", "[1]")).Event);
        Assert.Equal("{}", Read().Event);
    }

    private LambdaFunctionDeclaration Read(params (string, string)[] metadata) =>
        Assert.Single(new FunctionReader(_folder.Path, new DiagnosticLog()).Read([Item(metadata)]));

    private List<Diagnostic> Check(BuiltLayers layers, params (string Name, string Value)[] metadata)
    {
        var log = new DiagnosticLog();
        foreach (LambdaFunctionDeclaration function in new FunctionReader(_folder.Path, log).Read([Item(metadata)]))
        {
            new FunctionCheck(layers.All, log).Check(function, CancellationToken.None);
        }

        return log.Diagnostics;
    }

    private static LayerItem Item((string Name, string Value)[] metadata) =>
        new("f", metadata.ToDictionary(m => m.Name, m => m.Value, StringComparer.OrdinalIgnoreCase));
}
