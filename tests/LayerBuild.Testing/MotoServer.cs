using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace LayerBuild.Testing;

/// <summary>A moto_server of the tests' own, on a loopback port; started at first use.</summary>
public sealed class MotoServer : IDisposable
{
    private Process? _process;

    public string Url { get; private set; } = "";

    public async Task StartAsync()
    {
        if (_process is not null)
        {
            return;
        }

        int port = FreePort();
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        _process = Process.Start(Quiet(Programs.Find("moto_server")!, "-H", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture)))!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var http = new HttpClient();
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                using HttpResponseMessage answer = await http.GetAsync(new Uri(Url + "/moto-api/data.json"));
                return;
            }
            catch (HttpRequestException) when (waited.Elapsed < TimeSpan.FromMinutes(1) && !_process.HasExited)
            {
            }
        }
    }

    /// <summary>Runs awscli against the server and parses what it prints.</summary>
    public async Task<JsonNode?> AwsAsync(params string[] arguments)
    {
        using Process aws = Process.Start(Quiet(Programs.Find("aws")!, ["--endpoint-url", Url, "--output", "json", .. arguments]))!;
        Task<string> error = aws.StandardError.ReadToEndAsync();
        string output = await aws.StandardOutput.ReadToEndAsync();
        await aws.WaitForExitAsync();
        Assert.True(aws.ExitCode == 0, $"aws {string.Join(' ', arguments)}: {await error}");
        return output.Length == 0 ? null : JsonNode.Parse(output);
    }

    public void Dispose()
    {
        _process?.Kill(entireProcessTree: true);
        _process?.Dispose();
    }

    private static ProcessStartInfo Quiet(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AWS_ACCESS_KEY_ID"] = SignatureCheck.AccessKey;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = SignatureCheck.SecretKey;
        start.Environment["AWS_PAGER"] = "";
        return start;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
