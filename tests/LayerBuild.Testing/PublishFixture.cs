using System.Security.Cryptography;
using LayerBuild.Aws;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Publish;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Testing;

/// <summary>A fake AWS, layers on disk, and publishing from one to the other without waiting.</summary>
internal sealed class PublishFixture : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private readonly string _url;

    private PublishFixture(FakeAws aws, string? url)
    {
        Aws = aws;
        _url = url ?? aws.Url;
    }

    public FakeAws Aws { get; }

    public InstantTime Time { get; private set; } = new();

    /// <summary>Time limit of a request; short where a fault lets one hang.</summary>
    public TimeSpan? Patience { get; set; }

    public string PublishedPath => _directory["out/published.json"];

    public DiagnosticLog Log { get; private set; } = new();

    /// <param name="url">Another server to publish to than the fake one.</param>
    public static async Task<PublishFixture> StartAsync(string? url = null) => new(await FakeAws.StartAsync(), url);

    public BuiltLayer Layer(string name = "requests-layer", string content = "one", Func<LayerManifest, LayerManifest>? change = null)
    {
        byte[] zip = [.. "PK\u0005\u0006"u8, .. new byte[18], .. System.Text.Encoding.UTF8.GetBytes(content)];
        string path = _directory[$"layers/{name}.zip"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, zip);
        var manifest = new LayerManifest
        {
            Name = name,
            Runtimes = ["python3.12", "python3.13"],
            Architectures = ["x86_64"],
            Description = "requests and what it needs",
            LicenseInfo = "Apache-2.0",
            Zip = $"{name}.zip",
            CodeSha256 = Convert.ToBase64String(SHA256.HashData(zip)),
            ZippedSize = zip.Length,
            UnzippedSize = 100,
            Files = 1,
            Packages = [],
        };
        return new BuiltLayer(path, change is null ? manifest : change(manifest));
    }

    public static IReadOnlyList<LayerPrincipal> Share(params string[] with) =>
        [.. with.Select(text => LayerPrincipal.TryParse(text, out LayerPrincipal principal) ? principal : throw new ArgumentException(text))];

    /// <summary>Publishes as a new process would: nothing is remembered but what is on the server.</summary>
    public async Task<IReadOnlyList<LayerOutcome>> PublishAsync(
        IReadOnlyList<BuiltLayer> layers,
        Func<PublishOptions, PublishOptions>? change = null,
        IReadOnlyList<LambdaFunctionDeclaration>? functions = null,
        CancellationToken cancellation = default)
    {
        var options = new PublishOptions { Regions = ["eu-west-1"], EndpointUrl = _url, PublishedPath = PublishedPath };
        options = change is null ? options : change(options);
        Log = new DiagnosticLog();
        Time = new InstantTime();
        AwsSession session = AwsSession.With(
            new Amazon.Runtime.BasicAWSCredentials(SignatureCheck.AccessKey, SignatureCheck.SecretKey), options.Regions, options.EndpointUrl);
        using var pace = new RateLimiter(Time);
        using var publisher = new LayerPublisher(
            options, region => RegionClients.Open(session, options, region, Time, pace, Log, Patience), null, Time, Log);
        return await publisher.RunAsync(layers, functions ?? [], session.Regions, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await Aws.DisposeAsync();
        _directory.Dispose();
    }
}
