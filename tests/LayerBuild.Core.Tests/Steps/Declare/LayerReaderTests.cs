using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Declare;

public sealed class LayerReaderTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly DiagnosticLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Metadata_are_trimmed_lists_lose_blanks_and_repetitions()
    {
        LayerDeclaration layer = Read(("CompatibleRuntimes", " python3.12 ;; python3.13;python3.12\n"), ("CompatibleArchitectures", "arm64;x86_64"), ("Packages", "a>=1 ; b;"), ("Slim", "True"), ("AllowSdist", "Some_Thing.else;*"));

        Assert.Equal(["python3.12", "python3.13"], layer.Runtimes.Select(r => r.Id));
        Assert.Equal(["x86_64", "arm64"], layer.Architectures.Select(a => a.Id));
        Assert.Equal(["a>=1", "b"], layer.Packages);
        Assert.True(layer.Slim);
        Assert.Equal(["some-thing-else", "*"], layer.AllowSdist);
    }

    [Fact]
    public void The_conventional_folder_and_its_manifests_are_found()
    {
        _folder.Write("layers/one/requirements.txt", "six\n");
        _folder.Write("layers/one/package.json", "{}");

        LayerDeclaration layer = Read(("CompatibleRuntimes", "python3.13;nodejs22.x"));

        Assert.Equal(_folder["layers/one"], layer.SourceDirectory);
        Assert.Equal([_folder["layers/one/requirements.txt"]], layer.RequirementFiles);
        Assert.Equal(_folder["layers/one/package.json"], layer.PackageJson);
    }

    [Fact]
    public void Paths_are_relative_to_the_project_with_either_slash()
    {
        _folder.Write("src/py/a.py", "");
        _folder.Write("src/reqs.txt", "");

        LayerDeclaration layer = Read(("CompatibleRuntimes", "python3.13"), ("SourceDirectory", "src\\py"), ("Requirements", "src\\reqs.txt"));

        Assert.Equal(_folder["src/py"], layer.SourceDirectory);
        Assert.Equal([_folder["src/reqs.txt"]], layer.RequirementFiles);
    }

    [Fact]
    public void A_layer_without_anything_is_valid_here()
    {
        LayerDeclaration layer = Read();

        Assert.Null(layer.SourceDirectory);
        Assert.Empty(layer.Runtimes);
        Assert.Equal("x86_64", Assert.Single(layer.Architectures).Id);
        Assert.False(layer.HasRequirements);
    }

    [Theory]
    [InlineData("Description", 256)]
    [InlineData("LicenseInfo", 512)]
    public void Texts_are_as_long_as_Lambda_takes_them(string metadata, int longest)
    {
        Read((metadata, new string('x', longest)));
        Fails("LB1025", (metadata, new string('x', longest + 1)));
    }

    [Fact]
    public void A_version_has_at_most_15_runtimes() =>
        Fails("LB1023", ("CompatibleRuntimes", string.Join(';', LambdaRuntime.All.Where(r => r.Architectures.Contains(Architecture.X64)).Take(16).Select(r => r.Id))));

    [Fact]
    public void A_runtime_without_the_architecture_is_refused() =>
        Fails("LB1007", ("CompatibleRuntimes", "go1.x"), ("CompatibleArchitectures", "arm64"));

    [Fact]
    public void Warnings_stay_with_the_declaration()
    {
        LayerDeclaration layer = Read(("CompatibleRuntimes", "python3.8"), ("Requirement", "x"));

        Assert.Equal(["LB1008", "LB1011"], layer.Warnings.Select(w => w.Code).Order());
    }

    [Theory]
    [InlineData("LB1008", 0)]
    [InlineData("LB1008:python3.8", 0)]
    [InlineData("LB1008:python3.9", 1)]
    public void A_layer_may_keep_its_deprecated_runtime(string allowed, int warnings) =>
        Assert.Equal(warnings, Read(("CompatibleRuntimes", "python3.8"), ("AllowFindings", allowed)).Warnings.Count);

    [Fact]
    public void A_layer_that_is_not_to_be_warned_of_is_read_in_silence()
    {
        IReadOnlyList<LayerDeclaration> layers = Reader(warns: _ => false).Read([Item("one", ("CompatibleRuntimes", "python3.8"))], []);

        Assert.Single(layers);
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public void Names_that_differ_in_case_only_are_one_name()
    {
        IReadOnlyList<LayerDeclaration> layers = Reader().Read([Item("one"), Item("ONE"), Item("two")], []);

        Assert.Equal(["two"], layers.Select(l => l.Name.Value));
        Assert.Equal("LB1009", Assert.Single(_log.Diagnostics).Code);
    }

    [Fact]
    public void An_item_that_is_wrong_fails_the_layers_that_it_is_for_alone()
    {
        IReadOnlyList<LayerDeclaration> layers = Reader().Read(
            [Item("one"), Item("two")],
            [Item("missing.py", ("Layer", "one"), ("TargetPath", "python/missing.py"))]);

        Assert.Equal(["two"], layers.Select(l => l.Name.Value));
        Assert.Equal("LB1012", Assert.Single(_log.Diagnostics).Code);
    }

    private static LayerItem Item(string include, params (string Name, string Value)[] metadata) =>
        new(include, metadata.ToDictionary(m => m.Name, m => m.Value, StringComparer.OrdinalIgnoreCase));

    private LayerReader Reader(Func<string, bool>? warns = null) => new(
        new ProjectDefaults { Directory = _folder.Path, Today = new DateOnly(2026, 11, 22) },
        _log)
    {
        Warns = warns ?? (_ => true),
    };

    private LayerDeclaration Read(params (string Name, string Value)[] metadata)
    {
        IReadOnlyList<LayerDeclaration> layers = Reader().Read([Item("one", metadata)], []);
        Assert.DoesNotContain(_log.Diagnostics, d => d.Severity == Severity.Error);
        return Assert.Single(layers);
    }

    private void Fails(string code, params (string Name, string Value)[] metadata)
    {
        _log.Diagnostics.Clear();
        Assert.Empty(Reader().Read([Item("one", metadata)], []));
        Assert.Equal(code, Assert.Single(_log.Diagnostics, d => d.Severity == Severity.Error).Code);
    }
}
