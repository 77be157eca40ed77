using Edge.Hil.Plant;

namespace Edge.Hil.Emulation.Feetech;

/// <summary>
/// An STS3215 that turns the valve of a suction cup: position between two stops opens the valve, and what the cup feels leans on the servo, so that
/// its load register tells it. It knows no line and no checksum (<see cref="FeetechLine"/> does) and no clock. Allocates nothing after construction.
/// </summary>
/// <remarks>Position mode only: in the other modes the servo stays where it is.</remarks>
public sealed class FeetechServo
{
    /// <summary>Load while energised and free, 0.1 %: a servo never reads exactly nothing.</summary>
    public const int FreeLoad = 8;

    /// <summary>What a pressed cup adds, 0.1 %.</summary>
    public const int PressedLoad = 150;

    /// <summary>What a sealed cup adds, 0.1 %; a cup can be both.</summary>
    public const int SealedLoad = 450;

    /// <summary>Fastest motion, steps/s: about 300 degrees a second, as the maker states for 12 V.</summary>
    public const double MaxSpeedStepsS = 3400;

    private const double AccelerationUnitStepsS2 = 100;
    private const int CurrentPerLoad = 2; // load (0.1 %) for one unit of current (6.5 mA)
    private const byte TorqueOn = 1;
    private const byte TakeAsMiddle = 128;
    private const int Middle = 2048;

    private static readonly int[] BaudRates = [1_000_000, 500_000, 250_000, 128_000, 115_200, 76_800, 57_600, 38_400, 19_200, 14_400, 9_600, 4_800];

    private readonly int _openSteps;
    private readonly int _closedSteps;
    private readonly byte[] _pending = new byte[FeetechMemory.Length];
    private int _pendingAddress;
    private int _pendingLength;
    private double _shaftSteps;
    private double _speedStepsS;
    private int _goalSteps;

    /// <summary>Makes a servo without energy, at the closed position.</summary>
    public FeetechServo(byte id, int openSteps, int closedSteps)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id, 253);
        if (openSteps is < 0 or > 4095 || closedSteps is < 0 or > 4095 || openSteps == closedSteps)
            throw new ArgumentException($"Valve: found openSteps {openSteps}, closedSteps {closedSteps}; allowed 0..4095 and not the same.", nameof(openSteps));

        _openSteps = openSteps;
        _closedSteps = closedSteps;
        _shaftSteps = closedSteps;
        Memory = new FeetechMemory(id);
        HoldHere();
    }

    /// <summary>The servo's memory table.</summary>
    public FeetechMemory Memory { get; }

    /// <summary>The id that the servo answers to.</summary>
    public byte Id => Memory[FeetechMemory.Id];

    /// <summary>Bit rate that the servo listens at, bit/s; 0 for a code without meaning.</summary>
    public int BitRate => Memory[FeetechMemory.BaudRate] < BaudRates.Length ? BaudRates[Memory[FeetechMemory.BaudRate]] : 0;

    /// <summary>How far the valve is open, 0..1.</summary>
    public double Opening => Math.Clamp((PresentSteps - _closedSteps) / (_openSteps - _closedSteps), 0, 1);

    /// <summary>Error bits that the servo reports.</summary>
    public FeetechErrors Errors => (FeetechErrors)Memory[FeetechMemory.Status];

    /// <summary>Answers to all instructions, not only to READ and PING.</summary>
    public bool AnswersWrites => Memory[FeetechMemory.ResponseLevel] != 0;

    private double PresentSteps => _shaftSteps - Memory.SignedWord(FeetechMemory.PositionOffset, 11);

    /// <summary>Sets the error bits, as if the servo had found them. Where register 19 says so, its energy goes.</summary>
    public void Fail(FeetechErrors errors)
    {
        Memory[FeetechMemory.Status] = (byte)errors;
        if (((byte)errors & Memory[FeetechMemory.UnloadConditions]) != 0)
            Memory[FeetechMemory.TorqueEnable] = 0;
    }

    /// <summary>Takes the supply away and gives it back; the shaft stays where it is.</summary>
    public void PowerCycle()
    {
        Memory.Load();
        _pendingLength = 0;
        _speedStepsS = 0;
        HoldHere();
    }

    /// <summary>True when the table has all these bytes.</summary>
    public static bool InTable(int address, int length) => length > 0 && address + length <= FeetechMemory.Length;

    /// <summary>Writes the table and obeys what was written.</summary>
    public void Write(int address, ReadOnlySpan<byte> data)
    {
        Memory.Write(address, data);
        if (Covers(address, data.Length, FeetechMemory.GoalPosition))
            _goalSteps = Memory.SignedWord(FeetechMemory.GoalPosition);

        if (Covers(address, data.Length, FeetechMemory.TorqueEnable) && Memory[FeetechMemory.TorqueEnable] == TakeAsMiddle)
        {
            Memory[FeetechMemory.TorqueEnable] = 0;
            Memory.SetSignedWord(FeetechMemory.PositionOffset, (int)Math.Round(_shaftSteps) - Middle, 11);
        }
    }

    /// <summary>Keeps a write until <see cref="Action"/>.</summary>
    public void RegWrite(int address, ReadOnlySpan<byte> data)
    {
        data.CopyTo(_pending);
        _pendingAddress = address;
        _pendingLength = data.Length;
        Memory[FeetechMemory.RegWritePending] = 1;
    }

    /// <summary>Does the kept write.</summary>
    public void Action()
    {
        if (_pendingLength == 0)
            return;

        var length = _pendingLength;
        _pendingLength = 0;
        Memory[FeetechMemory.RegWritePending] = 0;
        Write(_pendingAddress, _pending.AsSpan(0, length));
    }

    /// <summary>One step of the servo's own loop: moves toward the goal, turns the valve, feels the cup.</summary>
    public void Update(IArmPlant plant, double seconds)
    {
        ArgumentNullException.ThrowIfNull(plant);
        var energised = Memory[FeetechMemory.TorqueEnable] == TorqueOn && Memory[FeetechMemory.Mode] == 0;
        if (energised)
            Move(seconds);
        else
            _speedStepsS = 0;

        plant.SetSuction(Opening);
        var felt = (plant.CupSealed ? SealedLoad : 0) + (plant.CupPressed ? PressedLoad : 0);
        Publish(energised ? FreeLoad + felt : 0, energised && Math.Abs(ClampedGoal - PresentSteps) >= 1);
    }

    private double ClampedGoal
    {
        get
        {
            var low = Memory.Word(FeetechMemory.MinPosition);
            var high = Memory.Word(FeetechMemory.MaxPosition);
            return low < high ? Math.Clamp(_goalSteps, low, high) : _goalSteps; // both 0: multi-turn
        }
    }

    /// <summary>After power-up the goal is where the shaft stands.</summary>
    private void HoldHere()
    {
        _goalSteps = (int)Math.Round(PresentSteps);
        Memory.SetSignedWord(FeetechMemory.GoalPosition, _goalSteps);
        Publish(0, false);
    }

    private static bool Covers(int address, int length, int register) => address <= register && register < address + length;

    /// <summary>A trapezoid of speed: accelerates up to the goal speed, and brakes in time to stop at the goal.</summary>
    private void Move(double seconds)
    {
        var goalSpeed = Math.Abs(Memory.SignedWord(FeetechMemory.GoalSpeed));
        var top = goalSpeed == 0 ? MaxSpeedStepsS : Math.Min(goalSpeed, MaxSpeedStepsS);
        var acceleration = Memory[FeetechMemory.Acceleration] * AccelerationUnitStepsS2;
        var distance = ClampedGoal - PresentSteps;
        var wanted = Math.Sign(distance) * Math.Min(top, seconds > 0 ? Math.Abs(distance) / seconds : 0);
        if (acceleration > 0)
        {
            // The speed v with v t + v^2 / 2a = distance: this step and then braking end at the goal.
            var change = acceleration * seconds;
            var stoppable = Math.Sqrt((change * change) + (2 * acceleration * Math.Abs(distance))) - change;
            wanted = Math.Clamp(wanted, -stoppable, stoppable);
            wanted = Math.Clamp(wanted, _speedStepsS - change, _speedStepsS + change);
        }

        _speedStepsS = wanted;
        _shaftSteps += wanted * seconds;
    }

    private void Publish(int load, bool moving)
    {
        Memory.SetSignedWord(FeetechMemory.PresentPosition, (int)Math.Round(PresentSteps));
        Memory.SetSignedWord(FeetechMemory.PresentSpeed, (int)Math.Round(_speedStepsS));
        Memory.SetSignedWord(FeetechMemory.PresentLoad, load, 10);
        Memory.SetSignedWord(FeetechMemory.PresentCurrent, load / CurrentPerLoad);
        Memory[FeetechMemory.Moving] = moving ? (byte)1 : (byte)0;
    }
}
