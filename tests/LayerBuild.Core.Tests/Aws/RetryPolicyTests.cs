using System.Net;

namespace LayerBuild.Aws;

public class RetryPolicyTests
{
    private static readonly AwsOperation Read = new("GetLayerVersion", "x:1", "eu-west-1");
    private static readonly AwsOperation Write = new("PublishLayerVersion", "x", "eu-west-1") { Repeatable = false };

    public static TheoryData<string, bool, string, int> Failures => new()
    {
        // What happens, whether it may be repeated, what it is in the end, how often it is sent.
        { "throttled", false, "Throttled", 12 },
        { "throttled without a code", false, "Throttled", 12 },
        { "slow down", false, "Throttled", 12 },
        { "refused connection", false, "NotSent", 5 },
        { "unknown host", false, "NotSent", 5 },
        { "reset", true, "Unknown", 5 },
        { "reset", false, "Unknown", 1 },
        { "half an answer", false, "Unknown", 1 },
        { "bad JSON", false, "Unknown", 1 },
        { "time-out", false, "Unknown", 1 },
        { "time-out", true, "Unknown", 5 },
        { "500", false, "Unknown", 1 },
        { "503", true, "Unknown", 5 },
        { "request timeout", false, "Unknown", 1 },
        { "denied", true, "Refused", 1 },
        { "not found", true, "Refused", 1 },
        { "no credentials", true, "NoCredentials", 1 },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Only_what_may_be_repeated_is_sent_again(string what, bool repeatable, string failure, int sends)
    {
        var time = new InstantTime();
        int sent = 0;

        AwsException e = await Assert.ThrowsAsync<AwsException>(() => new RetryPolicy(time, null, TimeSpan.FromMilliseconds(what == "time-out" ? 20 : 20_000)).SendAsync<int>(
            repeatable ? Read : Write,
            async token =>
            {
                sent++;
                await FailAsync(what, token);
                return 0;
            },
            CancellationToken.None));

        Assert.Equal(failure, e.Failure.ToString());
        Assert.Equal(sends, sent);
    }

    [Fact]
    public async Task Retry_After_is_respected()
    {
        var time = new InstantTime();
        int sent = 0;

        await new RetryPolicy(time, null).SendAsync(
            Write,
            _ => ++sent < 3
                ? throw Service(429, "TooManyRequestsException", retryAfter: TimeSpan.FromSeconds(7))
                : Task.FromResult(0),
            CancellationToken.None);

        Assert.Equal(TimeSpan.FromSeconds(14), time.Waited);
    }

    [Fact]
    public async Task No_more_than_the_quota_starts_in_any_second()
    {
        var time = new InstantTime();
        using var pace = new RateLimiter(time);
        List<long> starts = [];
        for (int i = 0; i < 100; i++)
        {
            await pace.WaitAsync(CancellationToken.None);
            starts.Add(time.GetTimestamp());
        }

        for (int i = 0; i < starts.Count; i++)
        {
            Assert.InRange(starts.Count(s => s >= starts[i] && s < starts[i] + TimeSpan.TicksPerSecond), 1, 15);
        }

        Assert.InRange(time.Waited, TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(9));
    }

    private static async Task FailAsync(string what, CancellationToken token)
    {
        switch (what)
        {
            case "throttled":
                throw Service(429, "TooManyRequestsException");
            case "throttled without a code":
                throw Service(429, null);
            case "slow down":
                throw Service(503, "SlowDown");
            case "refused connection":
                using (var http = new HttpClient())
                {
                    await http.GetAsync(new Uri("http://127.0.0.1:1/"), token);
                }

                break;
            case "unknown host":
                throw new HttpRequestException(HttpRequestError.NameResolutionError, "No such host is known.");
            case "reset":
                throw new HttpRequestException("An error occurred while sending the request.", new IOException("Connection reset by peer"));
            case "half an answer":
                throw new HttpIOException(HttpRequestError.ResponseEnded);
            case "bad JSON":
                throw new System.Text.Json.JsonException("x");
            case "time-out":
                await Task.Delay(Timeout.Infinite, token);
                break;
            case "500":
                throw Service(500, "ServiceException");
            case "503":
                throw Service(503, null);
            case "request timeout":
                throw Service(400, "RequestTimeout");
            case "denied":
                throw Service(403, "AccessDeniedException");
            case "not found":
                throw Service(404, "ResourceNotFoundException");
            case "no credentials":
                throw new Amazon.Runtime.AmazonClientException("Failed to refresh");
        }
    }

    private static AwsServiceException Service(int status, string? code, TimeSpan? retryAfter = null) =>
        new("it failed", null, code, "request-1", (HttpStatusCode)status) { RetryAfter = retryAfter };
}
