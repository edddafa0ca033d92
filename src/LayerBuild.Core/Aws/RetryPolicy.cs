using System.Globalization;
using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using LayerBuild.Diagnostics;

namespace LayerBuild.Aws;

/// <summary>
/// Retries requests: always when a request had no effect (throttled, no connection), and when its effect is unknown
/// (reset, time-out, 5xx, half a response) only if repeating it does no harm.
/// </summary>
/// <param name="time">Clock of the waits between attempts.</param>
/// <param name="pace">Shared by all requests of an account; null for services without such a quota.</param>
/// <param name="patience">Time limit of a request; null for 30 seconds and the time that its bytes may take.</param>
/// <param name="attempts">How often a request is sent at most; twice as often, and two more, when it is throttled.</param>
internal sealed class RetryPolicy(TimeProvider time, RateLimiter? pace, TimeSpan? patience = null, int attempts = 5)
{

    /// <summary>Bytes a second below which a transfer is given up.</summary>
    private const long SlowestRate = 50_000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(60);

    private static readonly HashSet<string> ThrottlingCodes = new(StringComparer.Ordinal)
    {
        "TooManyRequestsException", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
        "RequestThrottledException", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown",
    };

    /// <summary>Refusals that say that the request did not come through whole.</summary>
    private static readonly HashSet<string> UnclearCodes = new(StringComparer.Ordinal)
    {
        "RequestTimeout", "RequestTimeoutException", "IncompleteBody", "InternalError",
    };

    public async Task<T> SendAsync<T>(AwsOperation operation, Func<CancellationToken, Task<T>> send, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            if (pace is not null)
            {
                await pace.WaitAsync(cancellation).ConfigureAwait(false);
            }

            AwsException failed;
            TimeSpan timeLimit = patience ?? TimeSpan.FromSeconds(30 + ((double)operation.Bytes / SlowestRate));
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(timeLimit);
            try
            {
                return await send(limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not DiagnosticException && !(e is OperationCanceledException && cancellation.IsCancellationRequested))
            {
                cancellation.ThrowIfCancellationRequested();
                // The pipeline reports the connection that the limit broke in several ways.
                failed = limit.IsCancellationRequested && e is not AmazonServiceException { StatusCode: not 0 }
                    ? new AwsException(AwsFailure.Unknown, operation, string.Create(CultureInfo.InvariantCulture, $"There was no response within {timeLimit.TotalSeconds:0.#} seconds."), e)
                    : Classify(e, operation);
            }

            bool again = failed.Failure switch
            {
                AwsFailure.Throttled => attempt < (2 * attempts) + 2,
                AwsFailure.NotSent => attempt < attempts,
                AwsFailure.Unknown => operation.Repeatable && attempt < attempts,
                _ => false,
            };
            if (!again)
            {
                throw failed;
            }

            await Task.Delay(Wait(failed, attempt), time, cancellation).ConfigureAwait(false);
        }
    }

    private static TimeSpan Wait(AwsException failed, int attempt)
    {
        if ((failed.InnerException as AwsServiceException)?.RetryAfter is { } asked)
        {
            return asked < LongestRetryAfter ? asked : LongestRetryAfter;
        }

        // Exponential, with jitter: machines that were throttled together must not all come back at once.
        double seconds = Math.Min(Math.Pow(2, attempt - 1), LongestWait.TotalSeconds);
#pragma warning disable CA5394 // Not a secret.
        return TimeSpan.FromSeconds(seconds * (0.5 + (Random.Shared.NextDouble() / 2)));
#pragma warning restore CA5394
    }

    private static AwsException Classify(Exception e, AwsOperation operation)
    {
        if (e is AmazonServiceException { StatusCode: not 0 } service)
        {
            return FromAnswer(service, operation);
        }

        Exception? transport = Find(e, inner => inner is HttpRequestException or IOException or System.Net.Sockets.SocketException or OperationCanceledException or JsonException or AmazonUnmarshallingException);
        return transport switch
        {
            HttpRequestException
            {
                HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                    or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
            } => new AwsException(AwsFailure.NotSent, operation, Innermost(transport), e),
            OperationCanceledException => new AwsException(AwsFailure.Unknown, operation, "The connection was dropped.", e),
            JsonException or AmazonUnmarshallingException => new AwsException(AwsFailure.Unknown, operation, "The response was incomplete or not valid.", e),
            not null => new AwsException(AwsFailure.Unknown, operation, Innermost(transport), e),
            // The pipeline's own: it could not find or refresh what it signs with.
            null => new AwsException(AwsFailure.NoCredentials, operation, e.Message, e),
        };
    }

    private static AwsException FromAnswer(AmazonServiceException e, AwsOperation operation)
    {
        AwsFailure failure = e switch
        {
            { StatusCode: HttpStatusCode.TooManyRequests } => AwsFailure.Throttled,
            { ErrorCode: { } code } when ThrottlingCodes.Contains(code) => AwsFailure.Throttled,
            { ErrorCode: { } code } when UnclearCodes.Contains(code) => AwsFailure.Unknown,
            { StatusCode: >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout } => AwsFailure.Unknown,
            { StatusCode: >= HttpStatusCode.OK and < HttpStatusCode.Ambiguous } => AwsFailure.Unknown,
            _ => AwsFailure.Refused,
        };
        string? requestId = e.RequestId is { Length: > 0 } ? e.RequestId : null;
        string message = e.Message is { Length: > 0 } ? e.Message : string.Create(CultureInfo.InvariantCulture, $"The service answered with status {(int)e.StatusCode}.");
        return new AwsException(failure, operation, message, e)
        {
            Code = e.ErrorCode is { Length: > 0 } ? e.ErrorCode : null,
            RequestId = requestId,
            Status = e.StatusCode,
            BucketRegion = (e as AwsServiceException)?.BucketRegion,
        };
    }

    private static Exception? Find(Exception? e, Func<Exception, bool> match)
    {
        while (e is not null && !match(e))
        {
            e = e.InnerException;
        }

        return e;
    }

    private static string Innermost(Exception e)
    {
        while (e.InnerException is not null)
        {
            e = e.InnerException;
        }

        return e.Message;
    }
}
