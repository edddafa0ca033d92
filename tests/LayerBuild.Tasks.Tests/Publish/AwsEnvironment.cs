using System.Runtime.CompilerServices;

namespace LayerBuild.Publish;

/// <summary>No test sees the AWS settings of who runs it, or looks for an instance's metadata.</summary>
internal static class AwsEnvironment
{
    private static readonly string NoFile = Path.Combine(Path.GetTempPath(), "layerbuild-no-such-file");

    [ModuleInitializer]
    internal static void Initialize() => Set([]);

    /// <summary>Forgets all AWS_ variables and sets these.</summary>
    public static void Set(Dictionary<string, string> variables)
    {
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(n => n.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", NoFile);
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", NoFile);
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        foreach ((string name, string value) in variables)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}

/// <summary>Tests that change the environment of the process: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "xunit's word")]
public sealed class EnvironmentCollection
{
    public const string Name = "environment";
}
