namespace LayerBuild.Testing;

/// <summary>What goes wrong with a request.</summary>
internal enum FaultKind
{
    /// <summary>The connection is reset before the request was read.</summary>
    ResetBeforeUpload,

    /// <summary>The connection is reset after the request was read, nothing was done.</summary>
    ResetAfterUpload,

    /// <summary>It was done, and the connection is reset before the answer.</summary>
    LostAnswer,

    /// <summary>It was done, and half of the answer's body arrives.</summary>
    TruncatedAnswer,

    /// <summary>It was done, headers and some of the body arrive, then nothing more.</summary>
    StalledAnswer,

    /// <summary>It was done, and no answer comes.</summary>
    Silence,

    /// <summary>429 with TooManyRequestsException and Retry-After; nothing was done.</summary>
    Throttled,

    /// <summary>429 without an error code; nothing was done.</summary>
    ThrottledWithoutCode,

    /// <summary>500 ServiceException; nothing was done.</summary>
    ServerError,

    /// <summary>It was done, and the answer is 502 with HTML.</summary>
    BadGatewayAfter,

    /// <summary>503 without a body; nothing was done.</summary>
    Unavailable,

    /// <summary>It was done, and the answer is 504.</summary>
    GatewayTimeoutAfter,

    /// <summary>403 AccessDeniedException; nothing was done.</summary>
    AccessDenied,

    /// <summary>403 because the client's clock is off; nothing was done.</summary>
    WrongClock,

    /// <summary>It was done, and the build is killed.</summary>
    Killed,
}
