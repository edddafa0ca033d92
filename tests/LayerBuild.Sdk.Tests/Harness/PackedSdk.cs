using System.IO.Compression;

namespace LayerBuild.Harness;

/// <summary>The package, packed once by the run, in a feed and a packages folder of the run's own.</summary>
internal static class PackedSdk
{
    public const string Version = "1.0.0-test";

    private static readonly Lazy<string> LazyFile = new(Pack);
    private static readonly Lazy<string> LazyUnpacked = new(Unpack);
    private static readonly Lazy<string> LazyRestored = new(RestoreOnce);

    /// <summary>The nupkg.</summary>
    public static string File => LazyFile.Value;

    /// <summary>The package's files, for projects that import them by path.</summary>
    public static string Unpacked => LazyUnpacked.Value;

    /// <summary>The obj folder of a restored project named Layers.csproj without any package.</summary>
    public static string RestoredObj => LazyRestored.Value;

    /// <summary>
    /// Settings for a project's folder: the run's feed and nothing else, so that no test needs a network, and the run's
    /// packages folder, so that the version can be the same every time.
    /// </summary>
    public static string NuGetConfig =>
        $"""
        <?xml version="1.0" encoding="utf-8"?>
        <configuration>
          <config>
            <add key="globalPackagesFolder" value="{Path.Combine(TestHost.Root, "packages")}" />
          </config>
          <packageSources>
            <clear />
            <add key="run" value="{Path.GetDirectoryName(File)}" />
          </packageSources>
          <packageSourceMapping>
            <clear />
          </packageSourceMapping>
        </configuration>
        """;

    private static string Pack()
    {
        string feed = Path.Combine(TestHost.Root, "feed");
        DotnetCommand.Run(
            TestHost.Repository,
            "pack",
            "src/LayerBuild.Sdk",
            "--no-build",
            "-c",
            TestHost.Configuration,
            "-o",
            feed,
            $"-p:PackageVersion={Version}").Succeeded();
        return Path.Combine(feed, $"LayerBuild.Sdk.{Version}.nupkg");
    }

    private static string Unpack()
    {
        string folder = Path.Combine(TestHost.Root, "unpacked");
        ZipFile.ExtractToDirectory(File, folder);
        return folder;
    }

    private static string RestoreOnce()
    {
        string folder = Path.Combine(TestHost.Root, "restored");
        Directory.CreateDirectory(folder);
        System.IO.File.WriteAllText(Path.Combine(folder, "nuget.config"), NuGetConfig);
        System.IO.File.WriteAllText(Path.Combine(folder, "Layers.csproj"), LayerProject.ImportingProject("", ""));
        DotnetCommand.Run(folder, "restore").Succeeded();
        return Path.Combine(folder, "obj");
    }
}
