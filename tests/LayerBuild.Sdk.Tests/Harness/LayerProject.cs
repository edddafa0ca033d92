namespace LayerBuild.Harness;

/// <summary>
/// A project of a test's own. Layers only, and built in process, unless a test wants the real thing: then
/// <see cref="Dotnet"/> runs a command of the CLI in its folder.
/// </summary>
internal sealed class LayerProject : IDisposable
{
    private readonly string _base;
    private string _items = "";
    private string _properties = "";

    /// <param name="folder">Name of its folder.</param>
    public LayerProject(string folder = "app")
    {
        Folder = TestHost.NewFolder(folder);
        _base = Directory.GetParent(Folder)!.FullName;
        Directory.CreateDirectory(Path.Combine(Folder, "obj"));
        foreach (string file in Directory.GetFiles(PackedSdk.RestoredObj))
        {
            File.Copy(file, Path.Combine(Folder, "obj", Path.GetFileName(file)));
        }

        Save();
    }

    /// <summary>Full path of the project's folder.</summary>
    public string Folder { get; }

    public string ProjectFile => Path.Combine(Folder, "Layers.csproj");

    /// <summary>Folder of wheels that pip finds, and nothing besides: make them with <see cref="WheelBuilder"/>.</summary>
    public string Wheels
    {
        get
        {
            string wheels = Path.Combine(_base, "wheels");
            Directory.CreateDirectory(wheels);
            return wheels;
        }
    }

    /// <summary>The user's cache, of this project alone.</summary>
    public string Cache => Path.Combine(_base, "cache");

    public string Output => Path.Combine(Folder, "bin", "Debug", "layers");

    public string Intermediate => Path.Combine(Folder, "obj", "Debug", "layers");

    public string this[string relative] => Path.Combine(Folder, relative);

    /// <summary>A project with one layer <c>one</c> for python3.13 that holds <c>python/one.py</c>.</summary>
    public static LayerProject WithOneLayer(string folder = "app")
    {
        var project = new LayerProject(folder);
        project.Write("layers/one/python/one.py", "x = 1\n");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" />""");
        return project;
    }

    public static string ImportingProject(string properties, string items) =>
        $"""
        <Project>
          <Import Project="{PackedSdk.Unpacked}/Sdk/Sdk.props" />
          <PropertyGroup>
        {properties}
          </PropertyGroup>
          <ItemGroup>
        {items}
          </ItemGroup>
          <Import Project="{PackedSdk.Unpacked}/Sdk/Sdk.targets" />
        </Project>
        """;

    /// <summary>Writes a text file (UTF-8, no BOM) below the project's folder, making folders.</summary>
    public string Write(string relative, string text)
    {
        string path = this[relative];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Replaces the project's items.</summary>
    public LayerProject Items(string items)
    {
        _items = items;
        Save();
        return this;
    }

    /// <summary>Replaces the project's own properties.</summary>
    public LayerProject Properties(string properties)
    {
        _properties = properties;
        Save();
        return this;
    }

    /// <summary>Builds in process.</summary>
    public BuildOutcome Build(params string[] targets) => InProcessBuild.Run(ProjectFile, [], targets);

    public BuildOutcome BuildWith(Dictionary<string, string> properties, params string[] targets) =>
        InProcessBuild.Run(ProjectFile, properties, targets);

    /// <summary>Runs a command of the CLI in the project's folder.</summary>
    public CommandResult Dotnet(params string[] arguments)
    {
        if (!File.Exists(this["nuget.config"]))
        {
            File.WriteAllText(this["nuget.config"], PackedSdk.NuGetConfig);
        }

        return DotnetCommand.Run(Folder, arguments);
    }

    public LayerZip Zip(string name) => new(Path.Combine(Output, name + ".zip"));

    /// <summary>Names of the files in the output folder, sorted.</summary>
    public string[] Outputs() => Directory.Exists(Output)
        ? [.. Directory.GetFiles(Output).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)]
        : [];

    public void Dispose() => TestHost.Delete(_base);

    private void Save() => File.WriteAllText(ProjectFile, ImportingProject(
        $"""
            <LambdaLayerCachePath>{Cache}</LambdaLayerCachePath>
            <LambdaLayerPipArguments>--no-index --find-links &quot;{Wheels}&quot;</LambdaLayerPipArguments>
        {_properties}
        """,
        _items));
}
