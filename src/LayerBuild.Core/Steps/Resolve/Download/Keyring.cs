using System.Collections.Concurrent;
using System.ComponentModel;
using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>The command <c>keyring</c>, where it is installed: asked last, for what nothing else knows. Never a module of a Python.</summary>
internal sealed class Keyring
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string? _path;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly ConcurrentDictionary<string, Lazy<Task<Login?>>> _asked = new(StringComparer.Ordinal);

    public Keyring(IReadOnlyDictionary<string, string> environment)
    {
        _environment = environment;
        string[] names = OperatingSystem.IsWindows() ? ["keyring.exe", "keyring.cmd", "keyring.bat"] : ["keyring"];
        _path = (from folder in environment.GetValueOrDefault("PATH", "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                 where Path.IsPathFullyQualified(folder)
                 from name in names
                 let path = Path.Combine(folder, name)
                 where File.Exists(path)
                 select path).FirstOrDefault();
    }

    public bool IsInstalled => _path is not null;

    /// <param name="services">What it may know them by, first the best: the URL of an index, a host.</param>
    /// <param name="user">Null when that is what is asked for, too.</param>
    public Task<Login?> FindAsync(IReadOnlyList<string> services, string? user, CancellationToken cancellation) =>
        _asked.GetOrAdd($"{user}\n{string.Join('\n', services)}", _ => new Lazy<Task<Login?>>(() => AskAsync(services, user, cancellation))).Value;

    private async Task<Login?> AskAsync(IReadOnlyList<string> services, string? user, CancellationToken cancellation)
    {
        if (_path is null)
        {
            return null;
        }

        foreach (string service in services)
        {
            string[] arguments = user is null ? ["--mode", "creds", "--output", "json", "get", service] : ["get", service, user];
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            try
            {
                ChildProcessResult result = await new ChildProcess(_path, arguments)
                {
                    WorkingDirectory = Path.GetTempPath(),
                    Environment = _environment,
                }.RunAsync(limit.Token).ConfigureAwait(false);
                if (result.ExitCode == 0 && Read(result.Output, user) is { } login)
                {
                    return login;
                }
            }
            catch (Exception e) when (e is Win32Exception or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                // As good as not installed.
                return null;
            }
        }

        return null;
    }

    private static Login? Read(string output, string? user)
    {
        if (user is not null)
        {
            string password = output.TrimEnd('\r', '\n');
            return password.Length > 0 ? new Login(user, password) : null;
        }

        try
        {
            using JsonDocument answer = JsonDocument.Parse(output);
            return answer.RootElement.ValueKind == JsonValueKind.Object
                && answer.RootElement.TryGetProperty("username", out JsonElement name) && name.ValueKind == JsonValueKind.String
                && answer.RootElement.TryGetProperty("password", out JsonElement secret) && secret.ValueKind == JsonValueKind.String
                ? new Login(name.GetString()!, secret.GetString()!)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
