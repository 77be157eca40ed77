namespace Edge.Drives;

/// <summary>A suction tool: a valve and what it feels. Same calling rules as <see cref="IDriveGroup"/>.</summary>
public interface ISuctionTool
{
    /// <summary>Drains the link and updates <see cref="Feedback"/>.</summary>
    void Receive(long nowNs);

    /// <summary>Asks for suction (true) or release (false) and polls the tool when its turn has come.</summary>
    void Send(bool suction, long nowNs);

    /// <summary>Newest feedback.</summary>
    ref readonly ToolFeedback Feedback { get; }

    /// <summary>Moves the start-up conversation one step on.</summary>
    ConfigureState Configure(long nowNs);

    /// <summary>Why <see cref="Configure"/> failed; empty otherwise.</summary>
    string ConfigureError { get; }
}

/// <summary>What the tool last said.</summary>
public struct ToolFeedback
{
    /// <summary>Time at which the last reply arrived; 0 before the first.</summary>
    public long ReceivedNs;

    /// <summary>The cup, or what it holds, is pressed against something.</summary>
    public bool Pressed;

    /// <summary>The cup is sealed: it holds something.</summary>
    public bool Sealed;

    /// <summary>The device's own error bits; 0 for none.</summary>
    public byte ErrorBits;
}
