"""The one style sheet; `$names` are the fields of `theme.Colors`, every length a multiple of the 4 px unit."""

STYLE_SHEET = """
QWidget { outline: none; }
QMainWindow, QDialog { background: $window; }
QMainWindow::separator { width: 1px; height: 1px; background: $border; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 8px; }

QLabel[heading="true"] { color: $muted; font-weight: 500; }
QLabel[quiet="true"] { color: $muted; }
QLabel[title="true"] { color: $text; font-weight: 600; }

QMenuBar { background: $window; color: $text; padding: 2px 8px; spacing: 0px; }
QMenuBar::item { background: transparent; padding: 4px 8px; border-radius: 4px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $hover; }
QMenu { background: $surface; color: $text; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QPushButton, QToolButton { color: $text; border: 1px solid transparent; border-radius: 6px; padding: 4px 8px; }
QPushButton { background: $surface; border-color: $border; padding: 4px 12px; min-height: 18px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $raised; }
QPushButton:disabled { color: $muted; background: $window; }
QPushButton:default, QPushButton[primary="true"] { background: $accent; color: $accent_text; border-color: $accent; }
QPushButton:default:disabled, QPushButton[primary="true"]:disabled {
    background: $raised; color: $muted; border-color: $border; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:default:focus, QPushButton[primary="true"]:focus { border-color: $text; }
QPushButton[link="true"] { background: transparent; border-color: transparent; color: $accent; padding: 2px 4px; }
QPushButton[link="true"]:focus { border-color: $accent; }
QToolButton { background: transparent; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $raised; }
QToolButton:checked { border-color: $border; }
QToolButton:checked:focus { border-color: $accent; }
QToolButton:disabled { color: $muted; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"] { padding-right: 24px; }
QToolButton::menu-button { border: none; width: 20px; border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
QToolButton[primary="true"] { background: $accent; color: $accent_text; font-weight: 600; padding: 4px 28px 4px 10px; }
QToolButton[primary="true"]:hover { background: $accent; border-color: $text; }
QToolButton[primary="true"]:focus { border-color: $text; }
QToolButton[primary="true"]:disabled { background: $raised; color: $muted; }
QToolButton[primary="true"]::menu-button { border-left: 1px solid $window; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QAbstractSpinBox {
    background: $surface; color: $text; border: 1px solid $border; border-radius: 6px; padding: 3px 8px;
    selection-background-color: $selection; selection-color: $text; min-height: 18px; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QAbstractSpinBox:focus {
    border-color: $accent; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
    color: $muted; background: $window; }
QComboBox:hover { background: $hover; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("$images/arrow-down.svg"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $border; padding: 4px;
    selection-background-color: $selection; selection-color: $text; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {
    border: none; width: 16px; background: transparent; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url("$images/arrow-up.svg"); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url("$images/arrow-down.svg"); width: 10px; height: 10px; }

QPlainTextEdit, QTextEdit, QTextBrowser { background: $surface; color: $text; border: 1px solid transparent;
    selection-background-color: $selection; selection-color: $text; }
QPlainTextEdit:focus, QTextEdit:focus, QTextBrowser:focus { border-color: $accent; border-radius: 4px; }
QPlainTextEdit[quiet="true"] { color: $muted; }

QTabWidget::pane { border: none; border-top: 1px solid $border; }
QTabBar { background: $window; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px 12px; border: none;
    border-bottom: 2px solid transparent; min-height: 18px; }
QTabBar::tab:hover { color: $text; background: $hover; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }
QTabBar::close-button { image: url("$images/close.svg"); subcontrol-position: right; margin: 2px; border-radius: 4px; }
QTabBar::close-button:hover { background: $hover; }
QTabBar QToolButton { background: $window; border-radius: 4px; }

QAbstractItemView { background: $surface; color: $text; border: none; alternate-background-color: $filler;
    selection-background-color: $selection; selection-color: $text; }
QTreeView::item, QListView::item { min-height: 24px; padding: 0px 4px; border-radius: 4px; }
QTreeView::item:hover, QListView::item:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected { background: $selection; color: $text; }
QTableView { gridline-color: $border; }
QTableView::item { padding: 2px 8px; }
QTreeView[sidebar="true"] { background: $window; }
QTreeView[sidebar="true"]::branch { background: transparent; image: none; }
QTreeView::branch:has-children:!has-siblings:closed, QTreeView::branch:closed:has-children:has-siblings {
    image: url("$images/arrow-right.svg"); }
QTreeView::branch:open:has-children:!has-siblings, QTreeView::branch:open:has-children:has-siblings {
    image: url("$images/arrow-down.svg"); }
QHeaderView { background: $window; }
QHeaderView::section { background: $window; color: $muted; border: none; border-bottom: 1px solid $border;
    padding: 4px 8px; font-weight: 500; }

QSplitter::handle { background: $border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: $accent; }

QScrollBar { background: transparent; border: none; margin: 0px; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: $border; border-radius: 3px; margin: 3px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0px; height: 0px; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QScrollArea { border: none; background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

QCheckBox, QRadioButton { color: $text; spacing: 8px; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $muted; border-radius: 4px; background: $surface; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$images/check.svg"); }
QCheckBox::indicator:disabled { border-color: $border; }

QProgressBar { background: $raised; border: none; border-radius: 3px; max-height: 6px; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QFrame[frameShape="4"], QFrame[frameShape="5"] { color: $border; }
QWidget[pane="true"], QFrame[card="true"] { background: $surface; border: 1px solid $border; border-radius: 6px; }
QWidget[pane="true"][active="true"] { border-color: $accent; }
QWidget[bar="true"] { background: $window; }
QWidget#run_bar { background: $window; border-bottom: 1px solid $border; }
QWidget#side { background: $window; }
QWidget#palette { background: $surface; border: 1px solid $border; border-radius: 6px; }

QFrame#message_bar { background: $raised; border: none; border-left: 3px solid $muted; }
QFrame#message_bar[tone="bad"] { border-left-color: $bad; }
QFrame#message_bar[tone="warning"] { border-left-color: $warning; }
QFrame#message_bar[tone="good"] { border-left-color: $good; }

QStatusBar { background: $window; color: $muted; border-top: 1px solid $border; min-height: 24px; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; padding: 0px 8px; }
"""
