using System.Text;

namespace LayerBuild.Benchmarks;

/// <summary>A project with layers that takes LayerBuild from the repository, and the builds of it.</summary>
internal sealed class LayerProject
{
    private readonly BenchmarkOptions _options;
    private readonly WorkFolder _work;
    private readonly Dictionary<string, string?> _environment;

    /// <param name="items">The LambdaLayer items; null for a project without LayerBuild.</param>
    public LayerProject(BenchmarkOptions options, WorkFolder work, string name, string? items)
    {
        _options = options;
        _work = work;
        Folder = Directory.CreateDirectory(work[name]).FullName;
        _environment = new Dictionary<string, string?>
        {
            ["PIP_NO_INDEX"] = "1",
            ["PIP_FIND_LINKS"] = options.WheelFolder,
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
            // Of the process that runs the benchmarks: MSBuild must find its own.
            ["MSBuildSDKsPath"] = null,
            ["MSBUILD_EXE_PATH"] = null,
        };
        string sdk = BenchmarkOptions.Repository + "src/LayerBuild.Sdk/build/";
        var project = new StringBuilder("<Project>\n<Import Sdk=\"Microsoft.NET.Sdk\" Project=\"Sdk.props\" />\n");
        if (items is not null)
        {
            project.Append($"<Import Project=\"{sdk}LayerBuild.Sdk.props\" />\n");
        }

        project.Append($"""
            <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <LayerBuildTasksAssembly>{BenchmarkOptions.Repository}src/LayerBuild.Tasks/bin/{BenchmarkOptions.Configuration}/net10.0/LayerBuild.Tasks.dll</LayerBuildTasksAssembly>
            <LambdaLayerCachePath>{CachePath}</LambdaLayerCachePath>
            <LambdaLayerPython>{options.Python}</LambdaLayerPython>
            <LambdaLayerRuntimes>{options.Runtime}</LambdaLayerRuntimes>
            </PropertyGroup>
            <ItemGroup>{items}</ItemGroup>

            """);
        project.Append("<Import Sdk=\"Microsoft.NET.Sdk\" Project=\"Sdk.targets\" />\n");
        if (items is not null)
        {
            project.Append($"<Import Project=\"{sdk}LayerBuild.Sdk.targets\" />\n");
        }

        File.WriteAllText(Path.Combine(Folder, "benchmark.csproj"), project.Append("</Project>\n").ToString());
        File.WriteAllText(Path.Combine(Folder, "Class.cs"), "internal static class Class;\n");
        File.WriteAllText(Path.Combine(Folder, "Directory.Build.props"), "<Project />\n");
        Measurement.Run(Folder, _environment, "dotnet", "restore", "-v", "quiet");
    }

    public string Folder { get; }

    public string CachePath => Path.Combine(Folder, "cache");

    public string Zip(string layer) => Path.Combine(Folder, "bin/Debug/net10.0/layers", layer + ".zip");

    /// <summary>A whole <c>dotnet build</c>: its seconds, and what it printed.</summary>
    public (double Seconds, string Output) Build(params string[] properties) =>
        Measurement.Run(Folder, _environment, "dotnet", ["build", "--no-restore", "-nologo", "-clp:PerformanceSummary", "-v:normal", .. properties]);

    /// <summary>Forgets every output of the layers, but neither locks nor cache.</summary>
    public void ForgetOutputs()
    {
        _work.PutAside(Path.Combine(Folder, "bin/Debug/net10.0/layers"));
        _work.PutAside(Path.Combine(Folder, "obj/Debug/net10.0/layers"));
    }

    public void ForgetCache() => _work.PutAside(CachePath);

    /// <summary>pip, with the same wheels.</summary>
    public double Pip(params string[] arguments) =>
        Measurement.Run(Folder, _environment, _options.Python, ["-m", "pip", "--disable-pip-version-check", "--quiet", .. arguments]).Seconds;
}
