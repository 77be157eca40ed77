using Edge.Buses;
using Edge.Robots;

namespace Edge.Drives.Feetech;

/// <summary>
/// A suction cup whose valve is a Feetech STS3215: a goal position opens it (suction) or closes it (release), its load tells what the cup feels.
/// One request is open at a time and nothing is waited for.
/// </summary>
public sealed class FeetechSuctionTool : ISuctionTool
{
    /// <summary>A reply takes 0.3 ms on the wire and 0.5 ms in the servo; USB adapters add up to 16 ms.</summary>
    private const long ReplyTimeoutNs = 20_000_000;

    /// <summary>Silence on the half-duplex wire before a question of the start-up, so that a late reply does not collide with it.</summary>
    private const long QuietNs = 2_000_000;

    /// <summary>Half a second of silence in all.</summary>
    private const int MaxTries = 25;

    /// <summary>After so long without a call of <see cref="Configure"/> the next one begins a new conversation: the servo may have been without power.</summary>
    private const long ReconfigureAfterNs = 500_000_000;

    private const int ModelNumber = 777; // STS3215
    private const byte ModelAddress = 3;
    private const byte ModeAddress = 33;
    private const byte TorqueAddress = 40;
    private const byte GoalAddress = 42;
    private const byte FeedbackAddress = 56;
    private const int FeedbackBytes = 15;
    private const int LoadOffset = 4; // address 60
    private const int LoadSignBit = 10;
    private const int MaxSteps = 4095;

    private readonly IByteLink _link;
    private readonly ValveDescription _valve;
    private readonly long _periodNs;
    private readonly byte[] _input = new byte[512];
    private readonly byte[] _output = new byte[32];
    private int _inputCount;
    private int _outputStart;
    private int _outputEnd;
    private Request _open; // the request whose answer is awaited
    private Request _next; // what the start-up asks next
    private long _askedNs;
    private long _quietUntilNs;
    private long _nextPollNs;
    private int _tries;
    private int _goalWanted;
    private int _goalConfirmed = -1;
    private bool _goalFailed;
    private bool _readBack; // a goal was written and taken: read it back
    private bool _begun;
    private bool _broken;
    private long _configuredNs;
    private ConfigureState _state = ConfigureState.Busy;
    private ToolFeedback _feedback;

    /// <summary>Checks the description; says nothing to the link yet.</summary>
    /// <param name="link">The serial line; not owned.</param>
    /// <param name="valve">The valve of the robot file.</param>
    /// <exception cref="ArgumentException">A value that cannot be; the message names it.</exception>
    public FeetechSuctionTool(IByteLink link, ValveDescription valve)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(valve);
        Check("id", valve.Id, 0, 253);
        Check("pollHz", valve.PollHz, 1, 1000);
        Check("openSteps", valve.OpenSteps, 0, MaxSteps);
        Check("closedSteps", valve.ClosedSteps, 0, MaxSteps);
        Check("pressedLoad", valve.PressedLoad, 1, 1000);
        Check("sealedLoad", valve.SealedLoad, 1, 1000);
        Check("sealedAndPressedLoad", valve.SealedAndPressedLoad, 1, 1000);
        _link = link;
        _valve = valve;
        _periodNs = 1_000_000_000L / valve.PollHz;
        _goalWanted = valve.ClosedSteps;
    }

    private enum Request
    {
        None,
        Ping,
        ReadModel,
        ReadMode,
        WriteGoal,
        ReadGoal,
        WriteTorque,
        ReadTorque,
        ReadFeedback,
    }

    /// <inheritdoc/>
    public ref readonly ToolFeedback Feedback => ref _feedback;

    /// <inheritdoc/>
    public string ConfigureError { get; private set; } = "";

    /// <summary>Bytes thrown away because they began no packet, and packets that answered nothing.</summary>
    public long Malformed { get; private set; }

    /// <summary>Requests that were not answered in time.</summary>
    public long TimeOuts { get; private set; }

    /// <summary>Magnitude and sign of the servo's load at the last reading, 0.1 %.</summary>
    public int Load { get; private set; }

    /// <inheritdoc/>
    public void Receive(long nowNs)
    {
        if (!_begun)
            return;
        var count = _link.Read(_input.AsSpan(_inputCount));
        _broken |= count < 0;
        _inputCount += Math.Max(count, 0);
        var start = 0;
        while (start < _inputCount)
        {
            var dropped = FeetechPacket.Scan(_input.AsSpan(start, _inputCount - start), out var packetBytes);
            if (dropped == 0)
                break;
            if (packetBytes == 0)
                Malformed += dropped;
            else
                TakePacket(_input.AsSpan(start, packetBytes), nowNs);
            start += dropped;
        }

        _input.AsSpan(start, _inputCount - start).CopyTo(_input);
        _inputCount -= start;
    }

    /// <inheritdoc/>
    public ConfigureState Configure(long nowNs)
    {
        if (!_begun || nowNs - _configuredNs > ReconfigureAfterNs)
        {
            _begun = true;
            _state = ConfigureState.Busy;
            ConfigureError = "";
            _open = Request.None;
            _tries = 0;
            _readBack = _goalFailed = false;
            _quietUntilNs = nowNs;
            _goalWanted = _valve.ClosedSteps;
            _next = Request.Ping;
        }

        _configuredNs = nowNs;
        if (_state != ConfigureState.Busy)
            return _state;
        if (_broken)
            return Fail("its serial line is gone; check the cable");
        FinishWrite();
        if (TimedOut(nowNs) && ++_tries >= MaxTries)
            return Fail($"asked to {Describe(_next)} {_tries} times, no answer; check its power, wiring, id, bit rate, and that its response level (register 8) is 1");
        if (_open == Request.None && nowNs >= _quietUntilNs)
        {
            if (_next == Request.None)
                return _state = ConfigureState.Done;
            Ask(_next, nowNs);
        }

        return _state;
    }

    /// <inheritdoc/>
    public void Send(bool suction, long nowNs)
    {
        if (_state != ConfigureState.Done || _broken)
            return;
        _goalWanted = suction ? _valve.OpenSteps : _valve.ClosedSteps;
        FinishWrite();
        if (TimedOut(nowNs))
            _goalFailed = true;
        if (_open != Request.None)
            return;
        if (_readBack)
        {
            _readBack = false;
            Ask(Request.ReadGoal, nowNs);
            return;
        }

        // The goal goes first, but not twice in a row when it fails: feedback must live on.
        var pollDue = nowNs >= _nextPollNs;
        if (_goalConfirmed != _goalWanted && !(_goalFailed && pollDue))
        {
            Ask(Request.WriteGoal, nowNs);
        }
        else if (pollDue)
        {
            _goalFailed = false;
            _nextPollNs = Math.Max(_nextPollNs + _periodNs, nowNs + (_periodNs / 2));
            Ask(Request.ReadFeedback, nowNs);
        }
    }

    private static void Check(string name, int value, int low, int high)
    {
        if (value < low || value > high)
            throw new ArgumentException($"tool.valve.{name}: {value}; allowed: {low}..{high}");
    }

    private static string Describe(Request request) => request switch
    {
        Request.Ping => "answer a ping",
        Request.ReadModel => "tell its model number (register 3)",
        Request.ReadMode => "tell its mode (register 33)",
        Request.WriteGoal => "take a goal position (register 42)",
        Request.ReadGoal => "tell its goal position (register 42)",
        Request.WriteTorque => "switch its torque on (register 40)",
        Request.ReadTorque => "tell its torque switch (register 40)",
        _ => "send its feedback (register 56)",
    };

    /// <summary>Parameters of the answer; what has another length is an echo or answers something else.</summary>
    private static int AnswerBytes(Request request) => request switch
    {
        Request.ReadModel or Request.ReadGoal => 2,
        Request.ReadMode or Request.ReadTorque => 1,
        Request.ReadFeedback => FeedbackBytes,
        _ => 0,
    };

    private void Ask(Request request, long nowNs)
    {
        ReadOnlySpan<byte> parameters = request switch
        {
            Request.ReadModel => [ModelAddress, 2],
            Request.ReadMode => [ModeAddress, 1],
            Request.WriteGoal => [GoalAddress, (byte)_goalWanted, (byte)(_goalWanted >> 8)],
            Request.ReadGoal => [GoalAddress, 2],
            Request.WriteTorque => [TorqueAddress, 1],
            Request.ReadTorque => [TorqueAddress, 1],
            Request.ReadFeedback => [FeedbackAddress, FeedbackBytes],
            _ => [],
        };
        var instruction = request switch
        {
            Request.Ping => FeetechPacket.Ping,
            Request.WriteGoal or Request.WriteTorque => FeetechPacket.Write,
            _ => FeetechPacket.Read,
        };

        // What came unasked, or too late, belongs to no later question.
        Malformed += _inputCount;
        _inputCount = 0;
        _outputStart = 0;
        _outputEnd = FeetechPacket.Format((byte)_valve.Id, instruction, parameters, _output);
        _open = request;
        _askedNs = nowNs;
        FinishWrite();
    }

    private void FinishWrite()
    {
        if (_outputStart == _outputEnd)
            return;
        var count = _link.Write(_output.AsSpan(_outputStart, _outputEnd - _outputStart));
        _broken |= count < 0;
        _outputStart += Math.Max(count, 0);
    }

    private bool TimedOut(long nowNs)
    {
        if (_open == Request.None || nowNs - _askedNs < ReplyTimeoutNs)
            return false;
        TimeOuts++;
        _open = Request.None;
        return true;
    }

    private void TakePacket(ReadOnlySpan<byte> packet, long nowNs)
    {
        var echo = _open != Request.Ping && packet.SequenceEqual(_output.AsSpan(0, _outputEnd));
        if (_open == Request.None || echo || packet[2] != _valve.Id || packet.Length != AnswerBytes(_open) + FeetechPacket.Overhead)
        {
            Malformed += echo ? 0 : 1;
            return;
        }

        var answered = _open;
        var data = packet[5..^1];
        _open = Request.None;
        _feedback.ErrorBits = packet[4]; // comes with valid data: a warning, not a refusal
        _quietUntilNs = nowNs + QuietNs;
        if (_state == ConfigureState.Busy)
            TakeStartUp(answered, data, nowNs);
        else
            TakeRunning(answered, data, nowNs);
    }

    private void TakeRunning(Request answered, ReadOnlySpan<byte> data, long nowNs)
    {
        switch (answered)
        {
            case Request.WriteGoal:
                _readBack = true;
                break;
            case Request.ReadGoal:
                _goalConfirmed = Word(data);
                _goalFailed = _goalConfirmed != _goalWanted;
                break;
            case Request.ReadFeedback:
                TakeFeedback(data, nowNs);
                break;
        }
    }

    private void TakeStartUp(Request answered, ReadOnlySpan<byte> data, long nowNs)
    {
        _tries = 0;
        switch (answered)
        {
            case Request.Ping:
                _next = Request.ReadModel;
                break;
            case Request.ReadModel:
                Expect(Word(data), ModelNumber, Request.ReadMode);
                break;
            case Request.ReadMode:
                Expect(data[0], 0, Request.WriteGoal);
                break;
            case Request.WriteGoal:
                _next = Request.ReadGoal;
                break;
            case Request.ReadGoal:
                _goalConfirmed = Word(data);
                Expect(_goalConfirmed, _goalWanted, Request.WriteTorque);
                break;
            case Request.WriteTorque:
                _next = Request.ReadTorque;
                break;
            case Request.ReadTorque:
                Expect(data[0], 1, Request.ReadFeedback);
                break;
            case Request.ReadFeedback:
                TakeFeedback(data, nowNs);
                _next = Request.None;
                break;
        }
    }

    private void TakeFeedback(ReadOnlySpan<byte> data, long nowNs)
    {
        Load = FeetechPacket.SignMagnitude(data[LoadOffset], data[LoadOffset + 1], LoadSignBit);
        _feedback.ReceivedNs = nowNs;
        _feedback.Sealed = IsAbove(_valve.SealedLoad, _feedback.Sealed);
        _feedback.Pressed = IsAbove(_feedback.Sealed ? _valve.SealedAndPressedLoad : _valve.PressedLoad, _feedback.Pressed);
    }

    /// <summary>With a hysteresis of a tenth, so that noise at the threshold does not chatter.</summary>
    private bool IsAbove(int threshold, bool wasAbove) => Load >= (wasAbove ? threshold - (threshold / 10) : threshold);

    private void Expect(int found, int expected, Request next)
    {
        if (found == expected)
            _next = next;
        else
            _ = Fail($"asked to {Describe(_next)}, it answers {found}, expected {expected}");
    }

    private ConfigureState Fail(string reason)
    {
        ConfigureError = $"tool (feetech-sts, id {_valve.Id}): {reason}";
        return _state = ConfigureState.Failed;
    }

    private static int Word(ReadOnlySpan<byte> data) => data[0] | (data[1] << 8);
}
