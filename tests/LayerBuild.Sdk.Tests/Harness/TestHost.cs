using System.Runtime.CompilerServices;
using Microsoft.Build.Locator;

namespace LayerBuild.Harness;

/// <summary>What holds for the whole run: a clean environment, folders of its own, and the SDK's MSBuild in process.</summary>
internal static class TestHost
{
    private static readonly string[] Foreign = ["MSBUILD", "PIP_", "NPM_CONFIG_", "LAMBDALAYER", "AWS_"];

    /// <summary>Folder of the run, gone with the process.</summary>
    public static string Root { get; private set; } = "";

    /// <summary>Root of the repository's work tree.</summary>
    public static string Repository => RepositoryRoot.Path;

    public static string Configuration =>
#if DEBUG
        "Debug";
#else
        "Release";
#endif

#pragma warning disable CA2255 // A test assembly is no library: nobody but the runner loads it.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Initialize()
    {
        Root = Directory.CreateTempSubdirectory("layerbuild-sdk-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(Root);
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
        {
            if (Foreign.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                || name is "CI" or "GITHUB_ACTIONS" or "TF_BUILD" or "ContinuousIntegrationBuild" or "DOTNET_HOST_PATH")
            {
                Environment.SetEnvironmentVariable(name, null);
            }
        }

        // No test sees the user's caches, settings or an index.
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", Path.Combine(Root, "cache"));
        Environment.SetEnvironmentVariable("PIP_CACHE_DIR", Path.Combine(Root, "cache", "pip"));
        Environment.SetEnvironmentVariable("PIP_CONFIG_FILE", OperatingSystem.IsWindows() ? "nul" : "/dev/null");
        Environment.SetEnvironmentVariable("PIP_NO_INDEX", "1");
        Environment.SetEnvironmentVariable("DOTNET_CLI_TELEMETRY_OPTOUT", "1");
        Environment.SetEnvironmentVariable("DOTNET_NOLOGO", "1");
        Environment.SetEnvironmentVariable("DOTNET_CLI_UI_LANGUAGE", "en");

        VisualStudioInstance sdk = MSBuildLocator.QueryVisualStudioInstances(new VisualStudioInstanceQueryOptions
        {
            DiscoveryTypes = DiscoveryType.DotNetSdk,
            WorkingDirectory = Repository,
        }).First();
        MSBuildLocator.RegisterInstance(sdk);
    }

    /// <summary>A folder that is no other's.</summary>
    public static string NewFolder(string name)
    {
        string folder = Path.Combine(Root, $"{Guid.NewGuid():N}"[..8], name);
        Directory.CreateDirectory(folder);
        return folder;
    }

    public static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A server of the SDK may still look; the system's temporary folder is cleaned by the system.
        }
    }
}
