namespace LayerBuild.Testing;

/// <summary>No test sees the AWS settings of who runs it, or looks for an instance's metadata.</summary>
internal static class AwsEnvironment
{
    // The SDK settles on these files at first use, for the life of the process. A file that does not exist it passes over.
    private static readonly string Folder = Directory.CreateTempSubdirectory("layerbuild-aws-").FullName;

    public static string ConfigFile { get; } = Path.Combine(Folder, "config");

    public static string CredentialsFile { get; } = Path.Combine(Folder, "credentials");

    public static void Initialize()
    {
        Set([]);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Forgets all AWS_ variables and sets these; what the files hold is new, too.</summary>
    public static void Set(Dictionary<string, string> variables, string config = "", string credentials = "")
    {
        File.WriteAllText(ConfigFile, config);
        File.WriteAllText(CredentialsFile, credentials);
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(n => n.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", ConfigFile);
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", CredentialsFile);
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        foreach ((string name, string value) in variables)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
