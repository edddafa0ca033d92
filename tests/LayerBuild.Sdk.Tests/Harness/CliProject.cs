using System.Diagnostics;

namespace LayerBuild.Harness;

/// <summary>
/// A folder as a user has it: projects that take the package from a feed, and commands of the CLI run in it. The binary
/// log of every build is beside it, and is kept when a command ends otherwise than expected.
/// </summary>
internal sealed class CliProject : IDisposable
{
    private readonly string _base;
    private int _builds;

    public CliProject(string folder = "app")
    {
        Folder = TestHost.NewFolder(folder);
        _base = Directory.GetParent(Folder)!.FullName;
        Write("nuget.config", PackedSdk.NuGetConfig);
        Write("global.json", """{ "sdk": { "version": "10.0.100", "rollForward": "latestMinor" } }""");
        Environment["LambdaLayerCachePath"] = Path.Combine(_base, "cache");
    }

    public string Folder { get; }

    /// <summary>Added to the environment of every command; null takes one away.</summary>
    public Dictionary<string, string?> Environment { get; } = [];

    public string this[string relative] => Path.Combine(Folder, relative);

    /// <summary>A library (net10.0) with a class and one layer <c>one</c> that holds <c>python/one.py</c>.</summary>
    public static CliProject Library(string folder = "app", string properties = "", string items = "")
    {
        var project = new CliProject(folder);
        project.WriteLibrary("App.csproj", properties, items);
        return project;
    }

    /// <summary>A project with layers only, by the Sdk attribute.</summary>
    public static CliProject LayersOnly(string folder = "app", string items = "")
    {
        var project = new CliProject(folder);
        project.Write("Layers.csproj",
            $"""
            <Project Sdk="LayerBuild.Sdk/{PackedSdk.Version}">
              <ItemGroup>
                <LambdaLayer Include="one" CompatibleRuntimes="python3.13" />
                {items}
              </ItemGroup>
            </Project>
            """);
        project.Write("layers/one/python/one.py", "x = 1\n");
        return project;
    }

    public void WriteLibrary(string file, string properties = "", string items = "")
    {
        string folder = Path.GetDirectoryName(file) ?? "";
        Write(file,
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="LayerBuild.Sdk" Version="{PackedSdk.Version}" PrivateAssets="all" />
                <LambdaLayer Include="one" CompatibleRuntimes="python3.13" />
                {items}
              </ItemGroup>
            </Project>
            """);
        Write(Path.Combine(folder, "Class.cs"), "namespace App;\n\npublic static class Class;\n");
        Write(Path.Combine(folder, "layers/one/python/one.py"), "x = 1\n");
    }

    /// <summary>Writes a text file (UTF-8, no BOM) below the folder, making folders.</summary>
    public string Write(string relative, string text)
    {
        string path = this[relative];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Runs <c>dotnet</c> with the arguments and reads the binary log: the command must succeed.</summary>
    public (string Output, Binlog Log) Succeed(params string[] arguments)
    {
        (CommandResult result, string log) = RunLogged(arguments);
        if (result.ExitCode != 0)
        {
            string kept = Path.Combine(TestHost.Repository, "TestResults", $"{Path.GetFileName(_base)}-{_builds}.binlog");
            Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
            if (File.Exists(log))
            {
                File.Copy(log, kept, overwrite: true);
            }

            Assert.Fail($"{result.Command} in {Folder} ended with {result.ExitCode}; its log is {kept}\n{result.Output}");
        }

        return (result.Output, new Binlog(log));
    }

    /// <summary>Runs <c>dotnet</c> with the arguments: the command must fail.</summary>
    public string Fail(params string[] arguments) => RunLogged(arguments).Result.Failed().Output;

    /// <summary>Starts <c>dotnet</c> without waiting for it.</summary>
    public Process Start(params string[] arguments) => OperatingSystem.IsLinux()
        // A shell starts what runs in its background with interrupts ignored, and children inherit that.
        ? DotnetCommand.Start(Folder, Environment, "env", ["--default-signal=INT", "dotnet", .. arguments])
        : DotnetCommand.Start(Folder, Environment, "dotnet", arguments);

    /// <summary>Full paths of the files below the folder, with forward slashes, relative, sorted; obj and bin too.</summary>
    public string[] Files(string below = "", string pattern = "*") => Directory.Exists(this[below])
        ? [.. Directory.EnumerateFiles(this[below], pattern, SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal)]
        : [];

    public LayerZip Zip(string relative) => new(this[relative]);

    public void Dispose() => TestHost.Delete(_base);

    private (CommandResult Result, string Log) RunLogged(string[] arguments)
    {
        string log = Path.Combine(_base, $"{++_builds}.binlog");
        return (DotnetCommand.Run(Folder, Environment, [.. arguments, $"-bl:{log}"]), log);
    }
}
