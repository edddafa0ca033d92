using System.Globalization;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>
/// Ends a request whose server says nothing for too long, or so little that it would never come to an end.
/// </summary>
internal sealed class Silence : IDisposable
{
    /// <summary>Bytes a second, on average after a minute, below which a server is given up.</summary>
    private const long SlowestRate = 1024;

    private readonly CancellationTokenSource _limit;
    private readonly CancellationToken _cancellation;
    private readonly TimeSpan _patience;
    private readonly long _start = Environment.TickCount64;
    private long _bytes;

    public Silence(TimeSpan patience, CancellationToken cancellation)
    {
        _patience = patience;
        _cancellation = cancellation;
        _limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _limit.CancelAfter(patience);
    }

    public CancellationToken Token => _limit.Token;

    /// <summary>The server has said something.</summary>
    /// <exception cref="IndexFaultException">It says too little.</exception>
    public void Heard(int bytes, string address)
    {
        _bytes += bytes;
        long milliseconds = Environment.TickCount64 - _start;
        if (milliseconds > 60_000 && _bytes < milliseconds / 1000 * SlowestRate)
        {
            throw new IndexFaultException(IndexFaultKind.Passing, string.Create(CultureInfo.InvariantCulture, $"{address} sent only {_bytes} bytes in {milliseconds / 1000} seconds"));
        }

        _limit.CancelAfter(_patience);
    }

    /// <summary>Something else is waited for, until the server is heard again.</summary>
    public void Pause() => _limit.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>What a failure while waiting for the server means.</summary>
    public IndexFaultException FaultOf(Exception failure, string address)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (failure is OperationCanceledException)
        {
            return new IndexFaultException(IndexFaultKind.Passing, string.Create(CultureInfo.InvariantCulture, $"{address} gave no answer within {_patience.TotalSeconds:0.#} seconds"), failure);
        }

        string words = Innermost(failure).Message.TrimEnd('.');
        return failure switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                new IndexFaultException(IndexFaultKind.Lasting, $"{address} could not be reached safely: {words}", failure),
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } =>
                new IndexFaultException(IndexFaultKind.Lasting, $"{address} could not be reached through the proxy: {words}", failure),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError } =>
                new IndexFaultException(IndexFaultKind.Passing, $"{address} could not be reached: {words}", failure) { IsDown = true },
            HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } =>
                new IndexFaultException(IndexFaultKind.Passing, string.Create(CultureInfo.InvariantCulture, $"{address} ended after {_bytes} bytes, before the end"), failure),
            _ => new IndexFaultException(IndexFaultKind.Passing, $"{address} broke off: {words}", failure),
        };
    }

    public void Dispose() => _limit.Dispose();

    private static Exception Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
        {
            failure = inner;
        }

        return failure;
    }
}
